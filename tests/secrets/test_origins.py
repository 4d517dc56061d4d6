from base64 import b64encode
from pathlib import Path

import pytest

from checker.core.outcome import Exchange, Origin, Spelled
from checker.secrets.origins import Known, known_origins, origin_of, with_origins
from checker.secrets.redaction import EVIDENCE_LIMIT, Redactor
from checker.secrets.sources import EnvSource, FileSource, Source

KEY = Origin("env", "API_KEY")
FILE = Origin("file", "/run/secrets/pass word")
KNOWN: Known = (("s3cr3t-key", KEY), ("pa55", FILE))


def spelled(
    url: str = "http://a/",
    headers: tuple[tuple[str, str], ...] = (),
    body: bytes = b"",
    known: Known = KNOWN,
    more: tuple[str, ...] = (),
) -> dict[str, Spelled]:
    redactor = Redactor([*(value for value, _ in known), *more])
    plain = Exchange("GET", url, headers, body)
    return dict(with_origins(redactor.exchange(plain), plain, redactor, known).spelled)


def test_what_was_sent_as_it_is_has_its_origin() -> None:
    assert {
        "http://a/?key=***&b=1": ("http://a/?key=", KEY, "&b=1"),
        "X-Key: ***": ("X-Key: ", KEY),
        "Authorization: Bearer ***": ("Authorization: Bearer ", KEY),
        '{"key": "***", "pass": "***"}': ('{"key": "', KEY, '", "pass": "', FILE, '"}'),
    } == spelled(
        "http://a/?key=s3cr3t-key&b=1",
        (("X-Key", "s3cr3t-key"), ("Authorization", "Bearer s3cr3t-key"), ("Accept", "*/*")),
        b'{"key": "s3cr3t-key", "pass": "pa55"}',
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("pa55s3cr3t-key", (FILE, KEY)),
        ("pa55pa55 s3cr3t-key", (FILE, FILE, " ", KEY)),
        ("x pa55 other-secret", ("x ", FILE, " ***")),
    ],
)
def test_secrets_side_by_side(text: str, expected: Spelled) -> None:
    shown = Redactor(["pa55", "s3cr3t-key", "other-secret"])(text)
    assert {shown: expected} == spelled(body=text.encode(), more=("other-secret",))


@pytest.mark.parametrize(
    "text",
    [
        "czNjcjN0LWtleQ==",  # its base64 is not what the variable holds
        "nothing secret",
        "***",
        "",
    ],
)
def test_nothing_is_made_up(text: str) -> None:
    assert {} == spelled(headers=(("X-Key", text),))


def test_no_more_is_told_than_by_the_redaction_alone() -> None:
    assert {} == spelled(headers=(("Authorization", "Basic dXNlcjpvd24="), ("Cookie", "a=s3cr3t-key; b=c")))
    overlapping = (("abcdef", KEY),)
    assert {} == spelled(headers=(("X-Key", "zabcdefghi"),), known=overlapping, more=("zabcdefghi",))


@pytest.mark.parametrize(
    ("login", "expected"),
    [
        ("bob:pa55", ("bob:", FILE)),
        (":pa55", (":", FILE)),
        ("s3cr3t-key:pa55", (KEY, ":", FILE)),
        ("x-s3cr3t-key:pa55", None),  # a part of the name is a secret
        ("other-secret:pa55", None),
        ("bob:pa55-and-more", None),
        ("bob:own", None),
        ("pa55", None),
    ],
)
def test_a_basic_login_is_spelled_where_its_password_is_read_from_one_place(
    login: str, expected: Spelled | None
) -> None:
    header = ("Authorization", f"Basic {b64encode(login.encode()).decode()}")
    found = spelled(headers=(header,), more=("other-secret",))
    assert ({"Authorization: Basic ***": expected} if expected else {}) == found


@pytest.mark.parametrize("value", ["Basic /w==", "Basic ===", "Bearer Ym9iOnBhNTU=", "Basic"])
def test_what_is_no_basic_login_is_left_alone(value: str) -> None:
    assert {} == spelled(headers=(("Authorization", value),))


def test_a_secret_that_is_the_whole_of_a_basic_header_is_spelled_as_such() -> None:
    known = (("Ym9iOnBhNTU=", KEY), ("pa55", FILE))
    header = ("Authorization", "Basic Ym9iOnBhNTU=")
    assert {"Authorization: Basic ***": ("Authorization: Basic ", KEY)} == spelled(
        headers=(header,), known=known
    )


def test_what_looks_alike_when_it_is_redacted_is_left_alone() -> None:
    assert {"X-Key: ***": ("X-Key: ", KEY)} == spelled(headers=(("X-Key", "s3cr3t-key"),) * 2)
    assert {} == spelled(headers=(("X-Key", "s3cr3t-key"), ("X-Key", "pa55")))


def test_a_short_secret_stands_for_nothing_but_itself() -> None:
    known = (("a", KEY),)
    assert {} == spelled(headers=(("X-Key", "banana"),), known=known)
    assert {"X-Key: ***": ("X-Key: ", KEY)} == spelled(headers=(("X-Key", "a"),), known=known)


@pytest.mark.parametrize("body", [b"\xff s3cr3t-key", b"x" * EVIDENCE_LIMIT + b"s3cr3t-key"])
def test_a_body_that_is_no_text_or_was_cut_is_left_alone(body: bytes) -> None:
    assert {} == spelled(body=body)


@pytest.mark.parametrize(
    ("source", "origin"),
    [
        (EnvSource("API_KEY"), KEY),
        (EnvSource("NOT A NAME"), None),
        (EnvSource("1ST"), None),
        (FileSource(Path("/run/secrets/pass word")), FILE),
        (FileSource(Path("/run/\x1b[2J")), None),
    ],
)
def test_where_a_shell_finds_a_secret(source: Source, origin: Origin | None) -> None:
    assert origin == origin_of(source)


def test_the_longest_value_is_looked_for_first() -> None:
    sources: list[tuple[Source, str | None]] = [
        (EnvSource("A"), "abc"),
        (EnvSource("NOT READ"), None),
        (EnvSource("EMPTY"), ""),
        (EnvSource("NO NAME"), "xyzxyz"),
        (EnvSource("B"), "abcdef"),
    ]
    assert (("abcdef", Origin("env", "B")), ("abc", Origin("env", "A"))) == known_origins(sources)
