"""No spelling of a secret survives, whatever it stands in; everything else does."""

import gc
import html
import json
import random
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable
from html.entities import codepoint2name
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checker.core.outcome import Exchange
from checker.secrets.redaction import EVIDENCE_LIMIT, LONG, LONG_FOR_A_RUN, Redactor
from checker.secrets.spellings import SHORTEST

SECRET = 's3cr/t +"&\\é☃'


def _as_windows(value: str) -> str:
    return "".join(bytes([byte]).decode("cp1252", "ignore") or chr(byte) for byte in value.encode())


SPELLINGS: dict[str, Callable[[str], str]] = {
    "plain": str,
    "url": lambda value: quote(value, safe=""),
    "url, slashes kept": quote,
    "url, lower case": lambda value: (
        quote(value, safe="").lower() if value.islower() else quote(value, safe="")
    ),
    "form": quote_plus,
    "form in url": lambda value: quote(quote_plus(value), safe=""),
    "form in html": lambda value: quote_plus(value).replace("+", "&#43;"),
    "url twice": lambda value: quote(quote(value, safe=""), safe=""),
    "json": lambda value: json.dumps(value)[1:-1],
    "json, not ascii": lambda value: json.dumps(value, ensure_ascii=False)[1:-1],
    "json in json": lambda value: json.dumps(json.dumps(value)[1:-1])[1:-1],
    "json, escaped slashes": lambda value: json.dumps(value)[1:-1].replace("/", "\\/"),
    "html": html.escape,
    "html, decimal": lambda value: "".join(
        c if c.isascii() and c.isalnum() else f"&#{ord(c)};" for c in value
    ),
    "html, named quote": lambda value: html.escape(value).replace("&#x27;", "&apos;"),
    "html twice": lambda value: html.escape(html.escape(value)),
    "html in json": lambda value: json.dumps(html.escape(value))[1:-1],
    "json in url": lambda value: quote(json.dumps(value)[1:-1], safe=""),
    "html in url": lambda value: quote(html.escape(value), safe=""),
    "html in json, as Go writes it": lambda value: (
        html.escape(value).replace("\\", "\\\\").replace("&", "\\u0026")
    ),
    "python": lambda value: repr(value)[1:-1],
    "python, ascii": lambda value: ascii(value)[1:-1],
    "python bytes": lambda value: repr(value.encode())[2:-1],
    "taken for latin-1": lambda value: value.encode().decode("latin-1"),
    "taken for latin-1, json": lambda value: json.dumps(value.encode().decode("latin-1"))[1:-1],
    "taken for latin-1, url": lambda value: quote(value.encode().decode("latin-1")),
    "taken for latin-1, html": lambda value: "".join(
        f"&{codepoint2name[ord(c)]};" if ord(c) in codepoint2name else c
        for c in value.encode().decode("latin-1")
    ),
    "taken for windows-1252, json": lambda value: json.dumps(_as_windows(value))[1:-1],
}

LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
values = st.text(st.characters(codec="utf-8", exclude_characters="*\r\0"), min_size=4, max_size=40).filter(
    lambda value: value.strip() == value
)
plain_values = st.text(LETTERS + "/+-_=.~!@", min_size=6, max_size=60)


@pytest.mark.parametrize("rare", [LONG, SHORTEST])
@pytest.mark.parametrize("spelling", SPELLINGS)
def test_each_spelling_is_struck_out(spelling: str, rare: int) -> None:
    spelt = SPELLINGS[spelling](SECRET)
    assert Redactor([SECRET], rare=rare)(f"<{spelt}>") == "<***>"


def test_a_spelling_of_which_no_part_is_sure_is_struck_out_before_a_shorter_one_of_which_some_is() -> None:
    """In Latin-1 the value may have lost its last character."""
    assert "***" == Redactor(["0000Ā"], rare=SHORTEST)(quote("0000Ā"))


def test_what_was_taken_for_ascii_is_struck_out_where_enough_of_it_is_left() -> None:
    redact = Redactor(["pässwort", "ñ00"])
    taken = "pässwort ñ00".encode().decode("ascii", "replace")
    assert "*** \ufffd\ufffd00" == redact(taken)
    assert '{"a": "***"}' == redact(json.dumps({"a": taken.split()[0]}))


def test_a_short_value_may_be_misread_as_well() -> None:
    assert '"***"' == Redactor(["ñ0"])('"\\u00c3\\u00b10"')


def test_a_value_within_a_spelling_of_a_shorter_one_leaves_nothing_of_it() -> None:
    shorter = "p4ssw0rd-16chars"
    whole = b64encode(shorter.encode()).decode()
    assert "x=***" == Redactor([shorter, whole[: LONG_FOR_A_RUN + 1]], rare=LONG_FOR_A_RUN)(f"x={whole}")


@pytest.mark.parametrize("rare", [LONG, LONG_FOR_A_RUN])
@pytest.mark.parametrize("length", [LONG_FOR_A_RUN + 1, 40, LONG, LONG + 1, 600, 1600])
@pytest.mark.parametrize("spelling", SPELLINGS)
def test_each_spelling_of_a_long_value_is_struck_out(spelling: str, length: int, rare: int) -> None:
    letters = random.Random(length)
    value = "".join(letters.choice(LETTERS + "/+=~!@&") for _ in range(length - len(SECRET))) + SECRET
    redacted = Redactor([value], rare=rare)
    assert [""] == redacted(SPELLINGS[spelling](value)).split("***")[1:]
    assert redacted(SPELLINGS[spelling](value)[:-20]).startswith("***") or length <= 600


@pytest.mark.parametrize("offset", range(3))
@pytest.mark.parametrize("encode", [b64encode, urlsafe_b64encode])
def test_a_long_value_in_base64(encode: Callable[[bytes], bytes], offset: int) -> None:
    letters = random.Random(offset)
    value = "".join(letters.choice(LETTERS + "-_.") for _ in range(2000))
    redacted = Redactor([value])(encode(b"x" * offset + value.encode()).decode())
    assert len(redacted) < 10
    assert "***" in redacted


def test_a_long_value_without_any_letters() -> None:
    value = "☃&é+/" * 40
    redact = Redactor([value]).bytes
    for spelt in (
        value.encode(),
        json.dumps(value)[1:-1].encode(),
        quote(value).encode(),
        value.encode("utf-16-le"),
    ):
        assert redact(spelt) == b"***"


def test_many_long_values_are_looked_for_together() -> None:
    letters = random.Random(1)
    many = ["".join(letters.choice(LETTERS) for _ in range(100)) for _ in range(400)]
    redact = Redactor(many)
    assert "*** ***" == redact(f"{many[7]} {b64encode(many[300].encode()).decode()}")


def test_what_is_kept_compiled_is_bounded() -> None:
    letters = random.Random(2)
    many = ["".join(letters.choice(LETTERS + "~") for _ in range(100)) + "~" for _ in range(80)]
    redact = Redactor(many)
    for _ in range(2):
        for value in many:
            assert "***" == redact(value.replace("~", "%7e"))


@given(
    value=values,
    before=st.text(max_size=8),
    after=st.text(max_size=8),
    spelling=st.sampled_from(sorted(SPELLINGS)),
)
def test_no_spelling_survives(value: str, before: str, after: str, spelling: str) -> None:
    spelt = SPELLINGS[spelling](value)
    text = (before + spelt + after).encode("utf-8", "replace").decode()
    redacted = Redactor([value])(text)
    assert spelt not in redacted
    assert redacted == Redactor([value], rare=SHORTEST)(text)


@given(
    value=plain_values,
    before=st.binary(max_size=7),
    after=st.binary(max_size=7),
    encode=st.sampled_from([b64encode, urlsafe_b64encode]),
)
def test_base64_does_not_survive_at_any_alignment(
    value: str, before: bytes, after: bytes, encode: Callable[[bytes], bytes]
) -> None:
    text = encode(before + value.encode() + after).decode()
    redacted = Redactor([value])(text)
    assert "***" in redacted
    assert redacted == Redactor([value], rare=SHORTEST)(text)
    # What is left may hold what stood before and after, but nothing of what the value alone decides.
    kept_before, _, kept_after = redacted.partition("***")
    assert len(kept_before) <= len(before) * 4 // 3 + 2
    assert len(kept_after.rstrip("=")) <= len(after) * 4 // 3 + 1


@pytest.mark.parametrize("user", ["a", "ab", "abc"])
def test_the_password_in_a_basic_header(user: str) -> None:
    header = "Basic " + b64encode(f"{user}:hunter2-and-more".encode()).decode()
    redact = Redactor(["other"], after=Redactor(["hunter2-and-more"]))
    assert '{"sent": "Basic ***"}' == redact(f'{{"sent": "{header}"}}')
    assert "?header=basic%20***&a" == redact(f"?header={quote(header).lower()[:8]}{quote(header)[8:]}&a")


def test_a_login_without_a_secret_is_left_alone() -> None:
    text = "Basic Ym9iOmJvYg== *** and basic training"
    assert f"{text} ***" == Redactor(["hunter2"])(f"{text} hunter2")


def test_looking_for_logins_takes_no_longer_than_their_length() -> None:
    redact = Redactor(["hunter2"])
    text = "Basic " + "+Basic+" * 100_000
    assert text + " ***" == redact(text + " hunter2")


def test_the_base64_of_an_encoded_value_as_oauth_wants_it() -> None:
    value = "p@ss/word+"
    header = b64encode(f"client:{quote_plus(value)}".encode()).decode()
    assert "***" in Redactor([value])(header)


def test_base64_that_is_escaped_for_a_url() -> None:
    value = "\xfb\xff\xfe" * 4
    encoded = b64encode(value.encode()).decode()
    assert "+" in encoded or "/" in encoded
    assert Redactor([value])(quote(encoded, safe="")) == "***"


@given(st.text())
def test_a_text_without_secrets_stays_the_same_object(text: str) -> None:
    assert Redactor(["hunter2hunter2"])(text) is text


def test_half_surrogates_do_no_harm() -> None:
    assert Redactor(["hunter2"])("\ud800 hunter2 \udfff") == "\ud800 *** \udfff"


def test_the_longer_of_two_values_wins() -> None:
    assert Redactor(["hunter", "hunter2hunter2"])("hunter2hunter2 hunter") == "*** ***"


def test_bytes_in_any_unicode_encoding() -> None:
    redactor = Redactor(["hunter2é"])
    for encoding in ("utf-8", "utf-16-le", "utf-16-be", "latin-1"):
        data = "x hunter2é y".encode(encoding)
        assert "hunter2é".encode(encoding) not in redactor.bytes(data)
        assert b"***" in redactor.bytes(data)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("abc", "***"),
        ("key=abc&x=1", "key=***&x=1"),
        ('{"key": "abc"}', '{"key": "***"}'),
        ("X-Key: abc", "X-Key: ***"),
        ("abcd xabc abc_", "abcd xabc abc_"),
        ("[abc, abc]", "[***, ***]"),
    ],
)
def test_a_short_value_is_struck_out_as_a_whole_value_only(text: str, expected: str) -> None:
    assert expected == Redactor(["abc"])(text)


def test_nothing_is_secret() -> None:
    assert Redactor([])("anything") == "anything"
    assert Redactor([""])("anything") == "anything"


def test_one_redactor_after_another() -> None:
    shared = Redactor(["hunter2"])
    assert Redactor(["token-1"], after=shared)("hunter2 token-1") == "*** ***"
    assert Redactor(after=shared)("hunter2 token-1") == "*** token-1"


def test_many_and_large_values() -> None:
    chance = random.Random(1)
    large = ["".join(chance.choices(LETTERS + '+/=\n"', k=3000 + number)) for number in range(12)]
    redactor = Redactor(large)
    for spell in (str, SPELLINGS["json"], SPELLINGS["url"], lambda value: b64encode(value.encode()).decode()):
        redacted = redactor(" ".join(spell(value) for value in large))
        assert set("* =") >= set(redacted)


def test_a_value_that_is_all_punctuation_is_still_struck_out() -> None:
    value = "".join(random.Random(2).choices("+/=&%<>é☃ ", k=20_000))
    assert set(Redactor([value])(value)) == {"*"}


def test_each_long_line_of_a_value_is_struck_out_by_itself() -> None:
    lines = ["-----BEGIN KEY-----", "MIIkTr8xQzW2p0aB", "L9vBn3+/xQ==ZZ7w", "short", "-----END KEY-----"]
    redact = Redactor(["\r\n".join([*lines, ""])])
    assert "-----BEGIN KEY----- | *** | *** | short | -----END KEY-----" == redact(" | ".join(lines))
    assert "key: ***" == redact("key: " + "\r\n".join([*lines, ""]))


def test_finds() -> None:
    assert Redactor(["hunter2"]).finds(b64encode(b"a:hunter2"))
    assert not Redactor(["hunter2"]).finds(b"hunter")


def test_an_exchange_is_cut_only_after_it_was_redacted() -> None:
    body = b"x" * (EVIDENCE_LIMIT - 3) + b"hunter2hunter2"
    exchange = Exchange(
        "POST", "http://a/?k=hunter2hunter2", (("X-K", "hunter2hunter2"),), body, 200, response_body=body
    )
    redacted = Redactor(["hunter2hunter2"]).exchange(exchange)
    assert redacted.url == "http://a/?k=***"
    assert redacted.request_headers == (("X-K", "***"),)
    assert redacted.request_body == b"x" * (EVIDENCE_LIMIT - 3) + b"***"
    assert redacted.response_body == redacted.request_body


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (("Authorization", "Bearer abcdefg"), ("Authorization", "Bearer ***")),
        (("authorization", "abcdefg"), ("authorization", "***")),
        (("Cookie", "a=b"), ("Cookie", "***")),
        (("Set-Cookie", "a=b; Path=/"), ("Set-Cookie", "***")),
        (("Proxy-Authorization", "Basic YTpi"), ("Proxy-Authorization", "Basic ***")),
        (("X-Trace", "a=b"), ("X-Trace", "a=b")),
    ],
)
def test_credentials_are_masked_known_or_not(header: tuple[str, str], expected: tuple[str, str]) -> None:
    redacted = Redactor([]).exchange(Exchange("GET", "http://a/", (header,), b"", response_headers=(header,)))
    assert (expected,) == redacted.request_headers == redacted.response_headers


def test_a_pattern_that_cannot_be_compiled_is_never_printed(capfd: pytest.CaptureFixture[str]) -> None:
    Redactor(["hunter2(" * 10])("x")
    assert "hunter2" not in "".join(capfd.readouterr())


@pytest.mark.parametrize("length", [511, 512, 513, 515, 516, 1024, 1025])
def test_a_long_value_is_struck_out_to_its_last_character(length: int) -> None:
    value = "".join(random.Random(3).choices(LETTERS, k=length))
    assert set(Redactor([value])(value)) == {"*"}


def test_nothing_keeps_the_pattern_of_a_redactor_that_is_gone() -> None:
    """A token that each run captures anew would stay in re2's cache, with all that it takes to look for it."""

    def patterns() -> int:
        return sum(type(one).__module__ == "re2" for one in gc.get_objects())

    before = patterns()
    redactor = Redactor(["a-token-that-is-used-once"])
    assert patterns() == before + 1
    del redactor
    assert patterns() == before
