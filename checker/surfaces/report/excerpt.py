"""The beginning of what a target answered, on one line: most often it says itself what is wrong."""

from checker.core.outcome import StepOutcome
from checker.core.reason import Result
from checker.surfaces.printable import body, line

LENGTH = 200
"""Characters that are shown."""


def excerpt(step: StepOutcome) -> str:
    """Return the beginning of the last answer of a step that did not pass; "" where none was kept."""
    answer = step.exchanges[-1].response_body if step.exchanges else b""
    if step.result is Result.PASS or not answer:
        return ""
    text = " ".join(
        body(answer).split()
    )  # of the white space in a document it would otherwise show little else
    return line(text if len(text) <= LENGTH else text[:LENGTH] + "…")
