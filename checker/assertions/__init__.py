"""Whether what was seen is what was expected: written once, over facts, for every kind of step."""

import re

from checker.core.lean import without

# For its own `match` and `search`, in whose place are ours: they get by with the standard library.
with without("regex", fullmatch=re.fullmatch, search=re.search, error=re.error, VERSION1=re.NOFLAG):
    import jsonpath_rfc9535  # noqa: F401 - here, before anybody else imports it

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
