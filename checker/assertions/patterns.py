"""Regular expressions in linear time: no pattern and no answer can stall the loop."""

from typing import Any

_LOOK_AROUND = ("(?=", "(?!", "(?<=", "(?<!", "(?<")

MEMORY = 4 << 20  # bytes that one pattern may take


def compile_pattern(text: object) -> Any:
    """Return the compiled pattern, to be searched with bytes; raises ValueError with a message for the user."""
    if not isinstance(text, str):
        raise ValueError("a regular expression is a text")  # noqa: TRY004 - for the user
    import re2  # noqa: PLC0415 - megabytes, for those who have a pattern

    options = re2.Options()
    options.max_mem = MEMORY
    options.log_errors = False
    try:
        return re2.compile(text, options)
    except UnicodeEncodeError:
        raise ValueError("not a regular expression: it is no valid Unicode") from None
    except re2.error as error:
        raise ValueError(f"not a regular expression: {_why(error)}") from None


def _why(error: Exception) -> str:
    reason = error.args[0] if error.args else ""
    text = reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)
    return f"{text} (RE2 knows no look-around)" if text.endswith(_LOOK_AROUND) else text


def searched(pattern: Any, text: str) -> Any:
    """Return the first match, None, or raise UnicodeEncodeError for a text with lone surrogates."""
    return pattern.search(text.encode())
