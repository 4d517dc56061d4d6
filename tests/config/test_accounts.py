import pytest

from checker.config.configuration import Config
from checker.config.load import load
from checker.config.problems import InvalidConfiguration
from checker.net.aws.accounts import Account

ROLE = "arn:aws:iam::210987654321:role/checker"
TWO = f"""
aws:
  prod: {{account: "123456789012", region: eu-west-1}}
  stage: {{account: "210987654321", role_arn: "{ROLE}"}}
"""


def read(text: str) -> Config:
    return load("env:C", {"C": f"version: 1\n{text}", "ACCOUNT": "012345678901"})


def problems(text: str) -> str:
    with pytest.raises(InvalidConfiguration) as caught:
        read(text)
    return str(caught.value)


def probes(text: str, accounts: str = TWO) -> Config:
    return load("env:C", {"C": f"version: 1\n{accounts}\nprobes:\n{text}"})


def spec_accounts(text: str) -> list[object]:
    config = probes(text)
    return [step.spec.model_dump()["account"] for probe in config.probes for step in probe.steps]


def test_accounts_are_read() -> None:
    config = probes("  a: {aws: prod, aws_identity: {}}")
    expected = {
        "prod": Account("prod", "123456789012", "eu-west-1"),
        "stage": Account("stage", "210987654321", None, ROLE),
    }
    assert expected == config.accounts


def test_an_account_of_the_environment_keeps_its_zeros() -> None:
    config = load(
        "env:C",
        {
            "C": "version: 1\naws: {p: {account: '${env.A}'}}\nprobes: {a: {aws_identity: {}}}",
            "A": "012345678901",
        },
    )
    assert "012345678901" == config.accounts["p"].account


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("  a: {aws: stage, aws_identity: {}}", ["stage"]),
        ("  a: {aws: stage, aws_identity: {account: prod}}", ["prod"]),
        (
            "  a: {aws: stage, steps: [{aws_identity: {}}, {step: b, aws_identity: {account: prod}}]}",
            ["stage", "prod"],
        ),
        ("  a: {matrix: {env: [prod, stage]}, aws: '${matrix.env}', aws_identity: {}}", ["prod", "stage"]),
    ],
)
def test_a_step_asks_the_account_that_it_or_its_probe_names(text: str, expected: list[str]) -> None:
    assert expected == spec_accounts(text)


def test_the_shallow_check_asks_it_too() -> None:
    config = probes("  a: {aws: stage, aws_identity: {}, shallow: {aws_identity: {}}}")
    shallow = config.probes[0].shallow
    assert shallow
    assert "stage" == shallow.spec.model_dump()["account"]


def test_defaults_name_an_account() -> None:
    config = load(
        "env:C", {"C": f"version: 1\n{TWO}\ndefaults: {{aws: prod}}\nprobes: {{a: {{aws_identity: {{}}}}}}"}
    )
    assert "prod" == config.probes[0].steps[0].spec.model_dump()["account"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("aws: [prod]", "aws wants a mapping from names to accounts"),
        ("aws: {prod: 1}", "the account 'prod' wants a mapping"),
        ("aws: {prod: {account: 123456789012}}", "quote it"),
        ("aws: {prod: {account: '123'}}", "twelve digits"),
        ("aws: {prod: {account: '123456789012', role_arn: checker}}", "is not the ARN of a role"),
        ("aws: {'a b': {account: '123456789012'}}", "'a b'"),
        ("aws: {prod: {}}", "account"),
        ("aws: {p: {account: '123456789012'}}\ndefaults: {aws: {service: ecs}}", "aws names an account here"),
    ],
)
def test_what_is_wrong_with_accounts(text: str, expected: str) -> None:
    assert expected in problems(f"{text}\nprobes: {{a: {{http: {{url: 'http://h/'}}}}}}")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "  a: {aws: porod, aws_identity: {}}",
            "there is no account 'porod' under aws; known are prod, stage",
        ),
        ("  a: {aws_identity: {}}", "say which account: aws: prod or stage"),
    ],
)
def test_what_is_wrong_with_the_choice(text: str, expected: str) -> None:
    with pytest.raises(InvalidConfiguration, match=expected):
        probes(text)


def test_without_accounts_none_can_be_named() -> None:
    with pytest.raises(InvalidConfiguration, match="aws: declares none"):
        probes("  a: {aws: prod, aws_identity: {}}", "")
