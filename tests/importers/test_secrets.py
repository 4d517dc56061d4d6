"""What is taken for a secret, and the references that stand for it."""

import pytest

from checker.importers import secrets as module
from checker.importers.notes import Noted, Unusable, reference
from checker.importers.secrets import Secrets, is_sensitive, looks_secret


@pytest.mark.parametrize(
    "name",
    [
        "Authorization",
        "X-API-Key",
        "password",
        "clientSecret",
        "access_token",
        "sid",
        "JSESSIONID",
        "tokens",
        "passwd",
    ],
)
def test_names_of_secrets(name: str) -> None:
    assert is_sensitive(name)


@pytest.mark.parametrize(
    "name", ["Accept", "author", "keyboard", "page", "monkey", "Content-Type", "tokenizer", ""]
)
def test_names_of_other_things(name: str) -> None:
    assert not is_sensitive(name)


@pytest.mark.parametrize(
    ("value", "secret"),
    [
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln", True),
        ("ghp_16C7e42F292c6912E7710c838347Ae178B4a", True),
        ("-----BEGIN PRIVATE KEY-----\nabc", True),
        ("Zm9vYmFyMTIzNDU2Nzg5MEFCQ0RFRg==", True),
        ("sid=ghp_16C7e42F292c6912E7710c838347Ae178B4a; a", True),
        ("task-management-overview", False),
        ("botany", False),
        ("123e4567-e89b-12d3-a456-426614174000", False),
        ("d41d8cd98f00b204e9800998ecf8427e", False),
    ],
)
def test_looks(value: str, *, secret: bool) -> None:
    assert secret is looks_secret(value)


def test_the_same_value_is_the_same_secret() -> None:
    secrets = Secrets()
    first = secrets.hide("hunter2hunter2", "password", "a.example.org")
    assert first == secrets.hide("hunter2hunter2", "token", "b.example.org")
    assert reference("secret.a_example_org_password") == first
    written = secrets.section(["a_example_org_password"])["a_example_org_password"]
    assert isinstance(written, Noted)
    assert {"env": "A_EXAMPLE_ORG_PASSWORD", "hosts": ["a.example.org", "b.example.org"]} == written.value


def test_other_values_get_other_names() -> None:
    secrets = Secrets()
    made = [secrets.hide(value, "password", "10.0.0.1") for value in ("a", "b")]
    names = ("host_10_0_0_1_password", "host_10_0_0_1_password_2")
    assert [reference(f"secret.{name}") for name in names] == made
    assert ("HOST_10_0_0_1_PASSWORD", "HOST_10_0_0_1_PASSWORD_2") == secrets.variables(names)


def test_files_and_variables_are_named_as_they_are() -> None:
    secrets = Secrets()
    assert reference("secret.key") == secrets.from_file("/run/key", "key")
    assert reference("secret.my_token") == secrets.from_variable("MY_TOKEN")
    assert reference("secret.example_org_token") == secrets.missing("token", "example.org")
    section = secrets.section(["key", "my_token"])
    assert [{"file": "/run/key"}, {"env": "MY_TOKEN"}] == [each.value for each in section.values()]
    assert ("MY_TOKEN",) == secrets.variables(["key", "my_token", "unknown"])


def test_nothing_is_no_secret_and_references_stay() -> None:
    secrets = Secrets()
    variable = secrets.from_variable("TOKEN")
    assert "" == secrets.hide("", "password")
    assert variable == secrets.hide(variable, "password")
    assert reference("secret.password") + variable == secrets.hide(f"pre-{variable}", "password")


def test_a_value_is_replaced_wherever_it_stands() -> None:
    secrets = Secrets()
    token = secrets.hide("abcdefgh12", "token")
    short = secrets.hide("abc", "pin")
    assert f"/x/{token}/abc" == secrets.replaced("/x/abcdefgh12/abc", "")
    assert short == secrets.replaced("abc", "")
    assert token == secrets.replaced(token, "")


def test_a_secret_may_go_where_it_was_found() -> None:
    secrets = Secrets()
    secrets.hide("abcdefgh12", "token", "a.example.org")
    secrets.replaced("abcdefgh12", "b.example.org")
    assert ["a.example.org", "b.example.org"] == secrets.section(["a_example_org_token"])[
        "a_example_org_token"
    ].value["hosts"]
    secrets.replaced("abcdefgh12", "")
    secrets.hide("abcdefgh12", "token", "a.example.org")
    assert "hosts" not in secrets.section(["a_example_org_token"])["a_example_org_token"].value


def test_words_that_examples_use_are_not_searched_for() -> None:
    secrets = Secrets()
    secrets.hide("client_secret", "client_secret")
    assert "a client_secret b" == secrets.replaced("a client_secret b", "")
    assert "a client_secret b" == secrets.redactor()("a client_secret b")


def test_there_are_not_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST", 1)
    secrets = Secrets()
    secrets.hide("a", "a")
    secrets.hide("a", "a")
    with pytest.raises(Unusable, match="more than 1 secrets"):
        secrets.hide("b", "b")
