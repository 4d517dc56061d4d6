from dataclasses import replace

from checker.surfaces.report.verdicts import addition
from tests.surfaces.samples import holds, misses, untellable


def test_a_sentence_that_repeats_the_columns_adds_nothing() -> None:
    assert "" == addition(misses())
    assert "" == addition(holds())
    assert "" == addition(untellable())


def test_a_sentence_that_says_more_is_kept() -> None:
    assert untellable().message == addition(replace(untellable(), seen="nothing"))
    assert "it is the third" == addition(replace(misses(), message="it is the third"))
