"""What a verdict's own sentence adds to the columns that it is shown in."""

from checker.core.outcome import Verdict


def addition(verdict: Verdict) -> str:
    """Return the verdict's sentence, or "" where expected and seen already say all of it."""
    plain = f"{verdict.subject}: expected {verdict.expected}, saw {verdict.seen}"
    return "" if verdict.message == plain else verdict.message
