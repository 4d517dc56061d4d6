from itertools import product

import pytest

from checker.assertions.logic import conjunction, disjunction, negation, told
from checker.core.outcome import Truth

H, M, U = Truth.HOLDS, Truth.MISSES, Truth.UNTELLABLE


@pytest.mark.parametrize(("answer", "expected"), [(True, H), (False, M), (None, U)])
def test_told(answer: bool | None, expected: Truth) -> None:
    assert expected is told(answer)


@pytest.mark.parametrize(("truth", "expected"), [(H, M), (M, H), (U, U)])
def test_negation(truth: Truth, expected: Truth) -> None:
    assert expected is negation(truth)


AND = {(H, H): H, (H, M): M, (M, H): M, (M, M): M, (H, U): U, (U, H): U, (M, U): U, (U, M): U, (U, U): U}
OR = {(H, H): H, (H, M): H, (M, H): H, (M, M): M, (H, U): H, (U, H): H, (M, U): U, (U, M): U, (U, U): U}


@pytest.mark.parametrize("pair", list(product(Truth, Truth)))
def test_conjunction_and_disjunction_of_two(pair: tuple[Truth, Truth]) -> None:
    assert AND[pair] is conjunction(pair)
    assert OR[pair] is disjunction(pair)


def test_nothing_at_all_cannot_be_told() -> None:
    assert U is conjunction(())
    assert U is disjunction(())
