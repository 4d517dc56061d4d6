"""The sentence at the top of the status page: all that is read of it from across the room."""

from collections.abc import Mapping

from checker.surfaces.web.marks import MEANINGS, Mark


def headlines(counts: Mapping[Mark, int]) -> tuple[str, str]:
    """Return the sentence that is read from across the room, and the one beneath it."""
    broken = counts.get(Mark.MASKED, 0) + counts.get(Mark.DOWN, 0)
    if broken:
        return f"{_paths(broken)} {_are(broken)} broken", _hidden(counts.get(Mark.MASKED, 0), broken)
    for mark, sentence in _SENTENCES.items():
        if count := counts.get(mark, 0):
            return sentence.format(paths=_paths(count), are=_are(count)), MEANINGS[mark]
    if not counts.get(Mark.UP):
        return "Nothing is being checked", "No configuration with probes is in use."
    return "Every user path works", ""


_SENTENCES = {
    Mark.UNKNOWN: "{paths} {are} out of sight",
    Mark.DEGRADED: "{paths} {are} degraded",
    Mark.BLOCKED: "{paths} {are} blocked",
    Mark.PENDING: "{paths} {are} still to be tried",
}


def _paths(count: int) -> str:
    return f"{count} user path" + ("" if count == 1 else "s")


def _are(count: int) -> str:
    return "is" if count == 1 else "are"


def _hidden(masked: int, broken: int) -> str:
    if not masked:
        return ""
    if masked < broken:
        return f"The platform says that {masked} of them {_are(masked)} healthy."
    return (
        "The platform says that it is healthy."
        if broken == 1
        else "The platform says that all of them are healthy."
    )


def title(counts: Mapping[Mark, int]) -> str:
    """Return the document's title, which is all that a background tab shows."""
    broken = counts.get(Mark.MASKED, 0) + counts.get(Mark.DOWN, 0)
    return f"({broken}) checker" if broken else "checker"
