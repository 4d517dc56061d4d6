"""What every kind that asks AWS does where AWS does not tell: no verdict on the target, and never a pass."""

import os
from typing import Any

import pytest

from checker.core.errors import Trouble
from checker.core.reason import Reason
from checker.kinds import KINDS
from checker.kinds.amazon import AwsKind
from checker.net.aws.accounts import Account
from tests.cloud import ACCOUNT, REGION, Cloud
from tests.kinds.asking_aws import AskingAws
from tests.kinds.test_contract import AIMED

every_kind_of_aws = pytest.mark.parametrize(
    "kind", [kind for kind in KINDS if issubclass(kind, AwsKind)], ids=lambda kind: kind.name
)


class Everything(dict[str, str]):
    """Refuses every operation with one code."""

    def __init__(self, code: str) -> None:
        super().__init__()
        self.code = code

    def get(self, operation: str, default: Any = None) -> Any:
        return self.code


@every_kind_of_aws
@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("ThrottlingException", Reason.AWS_THROTTLED),
        ("Throttling", Reason.AWS_THROTTLED),
        ("AccessDeniedException", Reason.AWS_DENIED),
        ("ExpiredTokenException", Reason.AWS_DENIED),
    ],
)
@pytest.mark.usefixtures("api")
async def test_what_aws_refuses_is_no_verdict(kind: type[AwsKind[Any]], code: str, reason: Reason) -> None:
    asking = AskingAws(kind, refusing=Everything(code))
    with pytest.raises(Trouble) as caught:
        await asking.observe(AIMED[kind.name](1))
    assert (reason, True) == (caught.value.reason, caught.value.own)
    (action,) = asking.actions
    assert action in caught.value.message, "the message names the action that was refused"
    assert action in kind.needs or kind.name == "aws"


@every_kind_of_aws
async def test_without_credentials_nothing_is_known(
    kind: type[AwsKind[Any]], api: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    assert os.environ["AWS_ENDPOINT_URL"] == api.endpoint
    with pytest.raises(Trouble, match="there are no AWS credentials") as caught:
        await AskingAws(kind).observe(AIMED[kind.name](1))
    assert (Reason.AWS_DENIED, True) == (caught.value.reason, caught.value.own)


@every_kind_of_aws
@pytest.mark.usefixtures("api")
async def test_a_wrong_account_is_asked_nothing(kind: type[AwsKind[Any]]) -> None:
    asking = AskingAws(kind, accounts=[Account("prod", "9" * 12, REGION)])
    with pytest.raises(Trouble, match=f"are of account {ACCOUNT}") as caught:
        await asking.observe(AIMED[kind.name](1))
    assert Reason.WRONG_ACCOUNT == caught.value.reason
    assert {"sts:GetCallerIdentity"} == asking.actions
