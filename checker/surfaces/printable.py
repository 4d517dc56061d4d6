"""Text from elsewhere, made harmless for a terminal, a log line and a page.

What a target answers reaches terminals and log files. An escape sequence in it could repaint the screen, a line
break could forge a log line, a bidirectional override could make a text read as another one.
"""

import re

_C0_BUT_LAYOUT = r"\x00-\x08\x0b-\x1f"
_OTHERS = r"\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff"

_LINE = re.compile(f"[{_C0_BUT_LAYOUT}\t\n{_OTHERS}]")
_BLOCK = re.compile(f"[{_C0_BUT_LAYOUT}{_OTHERS}]")
_NAMED = {"\n": r"\n", "\r": r"\r", "\t": r"\t"}


def line(text: str) -> str:
    r"""Return the text with everything that is not plainly visible written out: `\n`, `\x1b`, `\u202e`."""
    return _LINE.sub(_written_out, text)


def block(text: str) -> str:
    """As `line`, but line breaks and tabs stay what they are."""
    return _BLOCK.sub(_written_out, text.replace("\r\n", "\n"))


def body(data: bytes, limit: int = 4096) -> str:
    """Return the beginning of a body as a block of text; says so where it was cut, or is no text."""
    if b"\x00" in data[:limit]:
        return f"({len(data)} bytes that are no text)"
    text = block(data[:limit].decode("utf-8", "replace"))
    return text + (f"\n… ({len(data) - limit} more bytes)" if len(data) > limit else "")


def _written_out(match: re.Match[str]) -> str:
    character = match[0]
    code = ord(character)
    return _NAMED.get(character) or (f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}")
