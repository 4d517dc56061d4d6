"""Plain scalars by the core schema of YAML 1.2 (section 10.3.2): `on`, `no` and `off` are texts, `0o17` is a number."""

import re

_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_BOOLEANS = {text: text.lower() == "true" for text in ("true", "True", "TRUE", "false", "False", "FALSE")}
_DECIMAL = re.compile(r"[-+]?[0-9]+")
_BASED = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_INFINITY = re.compile(r"[-+]?\.(inf|Inf|INF)")
_NOT_A_NUMBER = frozenset({".nan", ".NaN", ".NAN"})
_FIRST = frozenset("0123456789+-.")
_LONGEST_NUMBER = 400  # Python refuses to read texts of more than 4300 digits

Plain = str | int | float | bool | None


def core_scalar(text: str) -> Plain:
    """Return what a plain scalar stands for; raises ValueError, with a message, for a number of over 400 digits."""
    if text in _NULL:
        return None
    if text[0] in _FIRST:
        return _number(text)
    return _BOOLEANS.get(text, text)


def _number(text: str) -> str | int | float:
    if len(text) > _LONGEST_NUMBER and _FLOAT.fullmatch(text):
        raise ValueError(f"a number of {len(text)} characters is too long; quote it if it is a text")
    if _DECIMAL.fullmatch(text):
        return int(text)
    if _FLOAT.fullmatch(text):
        return float(text)
    return _rare_number(text)


def _rare_number(text: str) -> str | int | float:
    if _BASED.fullmatch(text):
        return int(text, 0)
    if _INFINITY.fullmatch(text):
        return float(text.replace(".", ""))
    return float("nan") if text in _NOT_A_NUMBER else text


def tagged_scalar(tag: str, text: str) -> Plain:
    """Return the value for an explicit tag (`!!str 12`); raises ValueError, with a message, if it does not fit."""
    name = tag.removeprefix("tag:yaml.org,2002:")
    if tag == "!" or name == "str":
        return text
    if name not in _TAGS:
        raise ValueError(f"there is no tag {tag!r} here; known are !!str, !!int, !!float, !!bool and !!null")
    value = core_scalar(text)
    if name == "float" and type(value) is int:
        return float(value) if abs(value) < 10**300 else float("inf")
    if type(value) is not _TAGS[name]:
        raise ValueError(f"{text!r} is not what its tag !!{name} says")
    return value


_TAGS: dict[str, type] = {"int": int, "float": float, "bool": bool, "null": type(None)}


def canonical_scalar(text: str) -> Plain:
    """Return a number or boolean only where that reads back as the same text, so that nothing is lost: not `007`."""
    try:
        value = core_scalar(text)
    except ValueError:
        return text
    if isinstance(value, bool):
        return value if text in {"true", "false"} else text
    return value if isinstance(value, int | float) and repr(value) == text else text
