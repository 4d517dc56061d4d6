"""What the fixed parts of checks.yaml take."""

from typing import Any

import pytest
from pydantic import ValidationError

from checker.config.models import ProbeKeys, RetryKeys, SecretConfig, ServerConfig, StepKeys
from checker.core.template import Reference, Template

LATER = Template((Reference("run", "id"),))


@pytest.mark.parametrize(
    "text", ["127.0.0.1:80", "[::1]:10460", "[fe80::1%eth0]:1", "localhost:0", "a-b.example:65535"]
)
def test_addresses(text: str) -> None:
    assert text == ServerConfig(listen=text).listen


@pytest.mark.parametrize("text", ["127.0.0.1", ":80", "h:65536", "h:port", "http://h:80", "::1:80", "h:80/"])
def test_what_is_no_address(text: str) -> None:
    with pytest.raises(ValidationError, match="is not an address to listen on"):
        ServerConfig(listen=text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("https://h.example/", "https://h.example"), ("http://h:80/checks", "http://h:80/checks")],
)
def test_web_addresses(text: str, expected: str) -> None:
    assert expected == ServerConfig(external_url=text).external_url


@pytest.mark.parametrize(
    "text", ["h.example", "ftp://h", "https://", "https://h/?a", "https://h/#a", "https://h/a b"]
)
def test_what_is_no_web_address(text: str) -> None:
    with pytest.raises(ValidationError, match="is not a URL"):
        ServerConfig(external_url=text)


@pytest.mark.parametrize(
    ("value", "expected"), [("a", "a"), (1, "1"), (1.5, "1.5"), (True, "true"), (False, "false"), ("", "")]
)
def test_labels_are_texts(value: Any, expected: str) -> None:
    assert {"a": expected} == ProbeKeys(labels={"a": value}).labels


@pytest.mark.parametrize("value", [None, [], {}, LATER])
def test_what_is_no_label(value: Any) -> None:
    with pytest.raises(ValidationError, match="expected a text, not"):
        ProbeKeys(labels={"a": value})


@pytest.mark.parametrize("value", [0, -1, 1.0, True, "1", None, LATER])
def test_what_is_no_count(value: Any) -> None:
    with pytest.raises(ValidationError, match="expected a whole number, 1 or more"):
        ProbeKeys(fail_after=value)


def test_models_do_not_change_and_do_not_convert() -> None:
    with pytest.raises(ValidationError):
        StepKeys.model_validate({"always": "yes"})
    with pytest.raises(ValidationError):
        SecretConfig(env="A").env = "B"  # type: ignore[misc]
    assert ("timeout",) == RetryKeys.model_validate({"reasons": ["timeout"]}).reasons
