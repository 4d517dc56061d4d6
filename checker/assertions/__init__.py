"""Whether what was seen is what was expected: written once, over facts, for every kind of step."""

from checker.assertions.capture import Capture, compile_capture
from checker.assertions.evaluate import Assertion, compile_expectations, evaluate
from checker.assertions.invalid import Invalid
from checker.assertions.model import expectation_model
from checker.assertions.subjects import Selector, compile_selector

__all__ = [
    "Assertion",
    "Capture",
    "Invalid",
    "Selector",
    "compile_capture",
    "compile_expectations",
    "compile_selector",
    "evaluate",
    "expectation_model",
]
