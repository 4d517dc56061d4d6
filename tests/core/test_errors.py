from checker.core.errors import CheckerError, ConfigurationError, Trouble
from checker.core.reason import Reason


def test_everything_that_is_raised_on_purpose_has_one_root() -> None:
    assert issubclass(Trouble, CheckerError)
    assert issubclass(ConfigurationError, CheckerError)
    assert not issubclass(Trouble, ConfigurationError)


def test_a_trouble_has_a_reason_and_a_sentence() -> None:
    trouble = Trouble(Reason.DNS, "example.org has no address")
    assert (Reason.DNS, "example.org has no address", "example.org has no address") == (
        trouble.reason,
        trouble.message,
        str(trouble),
    )
