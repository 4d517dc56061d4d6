"""What a verdict's own sentence adds to the columns that it is shown in."""

from checker.core.outcome import Verdict


def addition(verdict: Verdict) -> str:
    """Return the verdict's sentence, or "" where expected and seen already say all of it."""
    expected = f"{verdict.subject}: expected {verdict.expected}"
    why = verdict.seen.removeprefix("nothing (").removesuffix(")")
    plain = (f"{expected}, saw {verdict.seen}", f"{expected}, but {why}")
    return "" if verdict.message in plain else verdict.message
