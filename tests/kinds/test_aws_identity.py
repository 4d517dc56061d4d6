from collections.abc import Iterator

import pytest

from checker.core.errors import Trouble
from checker.core.reason import Reason
from checker.core.trace import Trace
from checker.kinds.aws_identity import AwsIdentityKind, AwsIdentitySpec
from checker.kinds.contract import Observation, StepContext, Tools
from checker.net.aws.accounts import Account
from checker.net.aws.calls import Aws
from checker.secrets.store import SecretStore
from tests.cloud import ACCOUNT, REGION, Cloud, cloud
from tests.net.scopes import scope_with


@pytest.fixture(scope="module")
def api() -> Iterator[Cloud]:
    with cloud() as running:
        yield running


async def observed(*accounts: Account, **spec: object) -> Observation:
    kind = AwsIdentityKind(
        Tools(SecretStore({}), accounts={one.name: one for one in accounts}, aws=Aws(delays=()))
    )
    context = StepContext("probe", "step", scope_with(), Trace())
    return await kind.prepare(AwsIdentitySpec.model_validate(spec))(context)


@pytest.mark.usefixtures("api")
async def test_it_says_whose_the_credentials_are() -> None:
    facts = (await observed()).facts
    assert (ACCOUNT, REGION) == (facts.get("account"), facts.get("region"))
    assert "arn:aws:sts::123456789012:user/moto" == facts.get("arn")


@pytest.mark.usefixtures("api")
async def test_the_declared_account_is_asked_for() -> None:
    facts = (await observed(Account("prod", ACCOUNT, "eu-central-1"))).facts
    assert (ACCOUNT, "eu-central-1") == (facts.get("account"), facts.get("region"))


@pytest.mark.usefixtures("api")
async def test_a_role_is_taken_on_first() -> None:
    role = "arn:aws:iam::111122223333:role/checker"
    facts = (await observed(Account("stage", "111122223333", REGION, role))).facts
    assert "111122223333" == facts.get("account")


@pytest.mark.usefixtures("api")
async def test_credentials_of_another_account_are_told_apart() -> None:
    with pytest.raises(
        Trouble, match=r"are of account 123456789012 .* but aws\.prod is 999999999999"
    ) as caught:
        await observed(Account("prod", "999999999999", REGION))
    assert (Reason.WRONG_ACCOUNT, False) == (caught.value.reason, caught.value.own)
