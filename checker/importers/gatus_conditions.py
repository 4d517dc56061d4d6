"""Gatus' conditions, such as `[BODY].status == UP` → expectations.

There everything is text, and a number equals a text that reads like it; here types count, so both are admitted.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from checker.importers.expecting import Expectations
from checker.importers.notes import Notes
from checker.importers.secrets import Secrets, is_sensitive
from checker.importers.times import seconds_of, written

_OPERATORS = (" == ", " != ", " <= ", " >= ", " > ", " < ")  # in the order in which Gatus looks for them
_NAMES = {"<=": "lte", ">=": "gte", ">": "gt", "<": "lt"}
_ALL_NAMES = {**_NAMES, "==": "eq", "!=": "ne"}
_FLIPPED = {"==": "==", "!=": "!=", "<=": ">=", ">=": "<=", ">": "<", "<": ">"}
_PLACEHOLDER = re.compile(
    r"(?:(?P<function>len|has)\()?\[(?P<name>[A-Z_]+)\](?P<path>(?:[.\[][^()]*)?)(?P<end>\))?", re.IGNORECASE
)
_SEGMENT = re.compile(r"\.?(?P<key>[^.\[\]]+)|\[(?P<index>\d+)\]")
_NUMBER = re.compile(r"-?\d{1,15}(?:\.\d{1,15})?")
_LITERALS: dict[str, Any] = {"true": True, "false": False, "null": None}


@dataclass(frozen=True, slots=True)
class _Condition:
    function: str
    name: str
    path: str  # a JSONPath, or "" for the body as a whole
    operator: str
    operand: str


@dataclass(frozen=True, slots=True)
class Conditions:
    """Adds the conditions of one endpoint, whose kind and record type decide what the body is."""

    kind: str
    record: str
    host: str
    expect: Expectations
    secrets: Secrets
    notes: Notes

    def add(self, text: str) -> None:
        """Add a condition, or note that it cannot be carried over."""
        condition = _parsed(text)
        handler = None if condition is None else _HANDLERS.get(condition.name)
        done = handler is not None and condition is not None and handler(self, condition)
        if not done:
            self.notes.lost(f"the condition {_shown(text)}")

    def connected(self, condition: _Condition) -> bool:
        """Without a connection nothing passes; the other way round nothing can be expected."""
        return (condition.operator, condition.operand) in (("==", "true"), ("!=", "false"))

    def status(self, condition: _Condition) -> bool:
        """A number, or a pattern that admits some of them."""
        if self.kind != "http":
            return False
        if condition.operator in _NAMES:
            return self._ordered(condition, _whole, "status")
        codes = [code for option in _options(condition.operand) for code in _codes(option)]
        if not codes:
            return False
        matcher: Any = {"between": [codes[0], codes[-1]]} if len(codes) > 10 and _is_range(codes) else codes
        matcher = matcher if len(codes) > 1 else codes[0]
        self.expect.add(matcher if condition.operator == "==" else {"not": matcher}, "status")
        return True

    def latency(self, condition: _Condition) -> bool:
        """Milliseconds, or a duration."""
        return self._ordered(condition, _duration, "latency")

    def certificate(self, condition: _Condition) -> bool:
        """A duration."""
        return self.kind in ("http", "tls") and self._ordered(
            condition, _duration, "certificate", "expires_in"
        )

    def address(self, condition: _Condition) -> bool:
        """The address that answered."""
        return self._equal(condition, "address")

    def rcode(self, condition: _Condition) -> bool:
        """How a name server answered."""
        return self.kind == "dns" and self._equal(condition, "rcode")

    def body(self, condition: _Condition) -> bool:
        """The body as a whole, a value in it, or what a name server or a port has said."""
        if self.kind == "http" and condition.path:
            return self._value(condition)
        if condition.function or condition.path:
            whole = self.kind == "http" and condition.function == "len"
            return whole and self._ordered(condition, _whole, "body", around="length")
        if self.kind == "dns":
            return self.record != "SRV" and self._answer(condition)
        fact = {"http": "body", "tcp": "received"}.get(self.kind)
        return fact is not None and self._equal(condition, fact)

    def _value(self, condition: _Condition) -> bool:
        if condition.function == "has":
            wanted = _LITERALS.get(condition.operand)
            if condition.operator not in ("==", "!=") or not isinstance(wanted, bool):
                return False
            self.expect.add({"exists": wanted is (condition.operator == "==")}, "json", condition.path)
            return True
        if condition.function == "len":
            return self._ordered(condition, _whole, "json", condition.path, around="length")
        if condition.operator in _NAMES:
            return self._ordered(condition, _number, "json", condition.path)
        if is_sensitive(condition.path):
            hidden = self.secrets.hide(condition.operand, condition.path, self.host)
            self.expect.add({"eq" if condition.operator == "==" else "ne": hidden}, "json", condition.path)
            return True
        return self._equal(condition, "json", condition.path, typed=True)

    def _ordered(
        self, condition: _Condition, read: Callable[[str], Any], *fact: str, around: str = ""
    ) -> bool:
        operand = read(condition.operand)
        if operand is None:
            return False
        operator = (_ALL_NAMES if around else _NAMES).get(condition.operator)
        if operator is None:
            return False
        self.expect.add({around: {operator: operand}} if around else {operator: operand}, *fact)
        return True

    def _equal(self, condition: _Condition, *fact: str, typed: bool = False) -> bool:
        matcher = _matcher(condition, typed=typed)
        if matcher is None:
            return False
        self.expect.add(matcher, *fact)
        return True

    def _answer(self, condition: _Condition) -> bool:
        matcher = _matcher(condition, typed=False, ends=self.record == "MX")
        if matcher is None:
            return False
        self.expect.add({"any" if condition.operator == "==" else "every": matcher}, "answers")
        return True


_HANDLERS: dict[str, Callable[[Conditions, _Condition], bool]] = {
    "CONNECTED": Conditions.connected,
    "STATUS": Conditions.status,
    "RESPONSE_TIME": Conditions.latency,
    "CERTIFICATE_EXPIRATION": Conditions.certificate,
    "IP": Conditions.address,
    "DNS_RCODE": Conditions.rcode,
    "BODY": Conditions.body,
}


def _parsed(text: str) -> _Condition | None:
    """Return a condition with its placeholder on the left; None for one that has none, or two."""
    glue = next((operator for operator in _OPERATORS if operator in text), None)
    if glue is None or text.count(glue) > 1:
        return None
    left, right = (side.strip() for side in text.split(glue))
    operator = glue.strip()
    match = _PLACEHOLDER.fullmatch(left)
    if match is None:
        left, right, operator = right, left, _FLIPPED[operator]
        match = _PLACEHOLDER.fullmatch(left)
    if match is None or _PLACEHOLDER.fullmatch(right) or bool(match["function"]) != bool(match["end"]):
        return None
    path = _json_path(match["path"])
    return (
        None
        if path is None
        else _Condition(match["function"] or "", match["name"].upper(), path, operator, right)
    )


def _json_path(text: str) -> str | None:
    """Return a JSONPath for `.data[0].id`; None where it cannot be told."""
    path, at = "$" if text else "", 0
    while at < len(text):
        match = _SEGMENT.match(text, at)
        if not match:
            return None
        if match["index"]:
            path += f"[{match['index']}]"
        elif re.fullmatch(r"[A-Za-z_]\w*", match["key"], re.ASCII):
            path += f".{match['key']}"
        else:
            path += "['" + match["key"].replace("\\", "\\\\").replace("'", "\\'") + "']"
        at = match.end()
    return path


def _options(operand: str) -> list[str]:
    if operand.startswith("any(") and operand.endswith(")"):
        return [option.strip() for option in operand[4:-1].split(",")]
    return [operand]


def _matcher(condition: _Condition, *, typed: bool, ends: bool = False) -> Any:
    """Return the matcher for an equality; None for another operator."""
    equal = condition.operator == "=="
    if condition.operator not in ("==", "!="):
        return None
    operand = condition.operand
    if operand.startswith("pat(") and operand.endswith(")"):
        return _pattern(operand[4:-1], equal=equal)
    options = _options(operand)
    if ends:
        return {"ends_with": options[0].rstrip(".")} if equal and len(options) == 1 else None
    values = [value for option in options for value in (_typed(option) if typed else [option])]
    if equal:
        return values if len(values) > 1 else values[0]
    return {"not_in": values} if len(values) > 1 else {"ne": values[0]}


def _typed(option: str) -> list[Any]:
    if option in _LITERALS:
        return [_LITERALS[option], option]
    return [_number(option), option] if _NUMBER.fullmatch(option) else [option]


def _pattern(pattern: str, *, equal: bool) -> Any:
    """Return the matcher for a pattern of Go's filepath.Match: `*`, `?`, `[a-z]`."""
    inner = re.fullmatch(r"\*([^*?\[\\]+)\*", pattern)
    if inner:
        return {"contains" if equal else "not_contains": inner[1]}
    regex = re.sub(r"\[[^\]]+\]|\\.|[^\w\s]", _translated, pattern, flags=re.ASCII)
    return {"matches" if equal else "not_matches": f"(?s)^{regex}$"}


def _translated(match: re.Match[str]) -> str:
    text = match[0]
    if text in ("*", "?"):
        return {"*": ".*", "?": "."}[text]
    return text if len(text) > 1 else re.escape(text)


def _codes(option: str) -> list[int]:
    if option.startswith("pat(") and option.endswith(")"):
        regex = re.escape(option[4:-1]).replace(r"\*", ".*").replace(r"\?", ".")
        return [code for code in range(100, 600) if re.fullmatch(regex, str(code))]
    code = _whole(option)
    return [code] if code is not None and 100 <= code <= 599 else []


def _is_range(codes: list[int]) -> bool:
    return codes == list(range(codes[0], codes[-1] + 1))


def _whole(text: str) -> int | None:
    return int(text) if re.fullmatch(r"\d{1,15}", text) else None


def _number(text: str) -> int | float | None:
    if not _NUMBER.fullmatch(text):
        return None
    return float(text) if "." in text else int(text)


def _duration(text: str) -> str | None:
    milliseconds = _whole(text)
    seconds = milliseconds / 1000 if milliseconds is not None else seconds_of(text)
    return None if seconds is None else written(seconds)


def _shown(text: str) -> str:
    """Return a condition for a note; of one that is about something secret only what it is about."""
    left = text.partition(" ")[0]
    return f"on {left}" if is_sensitive(text) else text
