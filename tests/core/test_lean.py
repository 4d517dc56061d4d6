import sys

from checker.core.lean import unused, without


def test_a_module_is_left_out_for_as_long_as_others_are_imported() -> None:
    with without("nobody.has.this", run=None):
        assert vars(sys.modules["nobody.has.this"])["run"] is None
    assert "nobody.has.this" not in sys.modules


def test_what_is_there_already_stays() -> None:
    real = sys.modules["json"]
    with without("json"):
        assert sys.modules["json"] is real
    assert sys.modules["json"] is real


def test_classes_may_be_derived_from_what_is_left_out() -> None:
    derived = type("Derived", (unused(), unused()), {})
    assert 4 == len(derived.__mro__)
