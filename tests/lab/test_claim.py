import pytest

from checker.lab.claim import Claim


@pytest.mark.parametrize(
    ("claim", "fine", "said"),
    [
        (Claim("app", 2, 2, 2), True, "app 2/2 healthy"),
        (Claim("app", 0, 0, 0), True, "app 0/0 healthy"),
        (Claim("app", 2, 1, 1), False, "app 1/2 running, 1 healthy"),
        (Claim("app", 2, 2, 0), False, "app 2/2 running, 0 healthy"),
    ],
)
def test_a_claim_is_short(claim: Claim, fine: bool, said: str) -> None:
    assert (fine, said) == (claim.fine, str(claim))
