"""Parses JSONPath (RFC 9535), with filters whose work is bounded too.

jsonpath-rfc9535 parses strictly. Two of its parts are replaced: the queries within filters take part in the
walk around them, and `match` and `search` run in linear time.
"""

from functools import lru_cache
from typing import Any, ClassVar

import iregexp_check
from jsonpath_rfc9535 import (
    JSONPathEnvironment,
    JSONPathError,
    JSONPathNode,
    JSONPathNodeList,
    JSONPathQuery,
    JSONPathTypeError,
    Parser,
)
from jsonpath_rfc9535.filter_expressions import Expression, FilterQuery, StringLiteral
from jsonpath_rfc9535.function_extensions import ExpressionType, FilterFunction

from checker.assertions.patterns import compile_pattern, searched
from checker.assertions.walk import select


def parse_query(text: str) -> tuple[Any, ...]:
    """Return the segments of a query; raises ValueError with a message for the user."""
    if not text.startswith("$"):
        raise ValueError("a JSONPath begins with $")
    try:
        return _ENVIRONMENT.compile(text).segments
    except (JSONPathError, ValueError, LookupError, ArithmeticError, RecursionError) as error:
        raise ValueError(f"not a JSONPath: {error}") from None


class _InnerQuery(JSONPathQuery):
    """A query within a filter."""

    __slots__ = ()

    def find(self, value: Any) -> JSONPathNodeList:
        nodes = (
            JSONPathNode(value=item, location=(), parent=None, root=None)
            for item in select(self.segments, value)
        )
        return JSONPathNodeList(nodes)


class _Parser(Parser):
    """Makes each query within a filter an _InnerQuery."""

    def parse_root_query(self, stream: Any) -> Expression:
        return self._inner(super().parse_root_query(stream))

    def parse_relative_query(self, stream: Any) -> Expression:
        return self._inner(super().parse_relative_query(stream))

    def _inner(self, expression: Expression) -> Expression:
        if isinstance(expression, FilterQuery):
            expression.query = _InnerQuery(env=self.env, segments=expression.query.segments)
        return expression


@lru_cache(maxsize=256)
def _iregexp(pattern: str, *, whole: bool) -> Any:
    """Return an I-Regexp, to be searched with bytes, as RFC 9485 has it (5.4); None for what is none."""
    try:
        if not iregexp_check.check(pattern):
            return None
        text = _without_dots(pattern)
        return compile_pattern(f"^(?:{text})$" if whole else text)
    except ValueError:
        return None


def _without_dots(pattern: str) -> str:
    r"""Write out what a dot means in an I-Regexp: any character but \n or \r."""
    parts: list[str] = []
    in_class = escaped = False
    for character in pattern:
        bare = not escaped
        parts.append(r"[^\n\r]" if character == "." and bare and not in_class else character)
        if bare and character in "[]":
            in_class = character == "["
        escaped = bare and character == "\\"
    return "".join(parts)


class _Matches(FilterFunction):
    """The functions `match` (the whole text) and `search` (a part of it)."""

    arg_types: ClassVar[list[ExpressionType]] = [ExpressionType.VALUE, ExpressionType.VALUE]
    return_type = ExpressionType.LOGICAL

    def __init__(self, *, whole: bool) -> None:
        self._whole = whole

    def __call__(self, text: object, pattern: object) -> bool:
        compiled = self.compiled(pattern)
        if compiled is None or not isinstance(text, str):
            return False
        try:
            return searched(compiled, text) is not None
        except UnicodeEncodeError:
            return False

    def compiled(self, pattern: object) -> Any:
        """Return the compiled pattern; None for what is no I-Regexp."""
        if not isinstance(pattern, str):
            return None
        return _iregexp(pattern, whole=self._whole)


class _Environment(JSONPathEnvironment):
    parser_class = _Parser

    def setup_function_extensions(self) -> None:
        super().setup_function_extensions()
        self.function_extensions["match"] = _Matches(whole=True)
        self.function_extensions["search"] = _Matches(whole=False)

    def check_well_typedness(self, token: Any, func: Any, args: list[Expression]) -> None:
        super().check_well_typedness(token, func, args)
        pattern = args[-1]
        if (
            isinstance(func, _Matches)
            and isinstance(pattern, StringLiteral)
            and not func.compiled(pattern.value)
        ):
            # As RFC 9535 has it (2.4.6), it would match nothing without a word.
            raise JSONPathTypeError(f"{pattern.value!r} is not an I-Regexp (RFC 9485)", token=token)


_ENVIRONMENT = _Environment()
