from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checker.core.errors import Trouble
from checker.core.reason import Reason
from checker.core.scope import Scope
from checker.core.template import Reference, parse_template


def read_secret(name: str) -> str:
    if name != "key":
        raise Trouble(Reason.SECRET_UNAVAILABLE, f"there is no secret {name}")
    return "s3cr3t"


def scope(**captures: object) -> Scope:
    made = Scope(
        read_secret, {"id": "run-1", "started_at": "2023-11-14T22:13:20Z", "callback.url": "http://x/"}
    )
    made.captures.update(captures)
    return made


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("${work_id}", "a2239muq"),
        ("/works/${work_id}", "/works/a2239muq"),
        ("${secret.key}", "s3cr3t"),
        ("Bearer ${secret.key}", "Bearer s3cr3t"),
        ("${run.id}", "run-1"),
        ("${run.started_at}", "2023-11-14T22:13:20Z"),
        ("${callback.url}", "http://x/"),
        ("${total}", 812),
    ],
)
def test_a_reference_stands_for(text: str, expected: object) -> None:
    assert expected == scope(work_id="a2239muq", total=812).render(parse_template(text))


@pytest.mark.parametrize(
    ("text", "reason", "message"),
    [
        ("${work_id}", Reason.CAPTURE_MISSING, "${work_id} was never captured"),
        ("${run.idd}", Reason.CAPTURE_MISSING, "${run.idd} stands for nothing here"),
        ("${callback.id}", Reason.CAPTURE_MISSING, "${callback.id} stands for nothing here"),
        ("${env.HOME}", Reason.CAPTURE_MISSING, "${env.HOME} stands for nothing here"),
        ("${param.x}", Reason.CAPTURE_MISSING, "${param.x} stands for nothing here"),
        ("${secret.other}", Reason.SECRET_UNAVAILABLE, "there is no secret other"),
        ("a${list}", Reason.CAPTURE_MISSING, "${list} is a list and cannot stand within a text"),
        ("a${nothing}", Reason.CAPTURE_MISSING, "${nothing} is null and cannot stand within a text"),
    ],
)
def test_a_reference_that_stands_for_nothing(text: str, reason: Reason, message: str) -> None:
    with pytest.raises(Trouble) as raised:
        scope(list=[1], nothing=None).render(parse_template(text))
    assert (reason, message) == (raised.value.reason, raised.value.message)


def test_a_capture_cannot_pass_for_anything_else() -> None:
    made = Scope(read_secret, {"id": "run-1"})
    made.captures.update({"id": "captured", "run.id": "captured", "secret.key": "captured"})
    assert ["run-1", "s3cr3t", "captured"] == made.render(
        [parse_template(text) for text in ("${run.id}", "${secret.key}", "${id}")]
    )


def test_templates_are_found_at_any_depth() -> None:
    x = parse_template("<${x}>")
    raw = {"a": [x, {"b": (x, 1)}], x: None, "c": "${x}"}
    assert {"a": ["<1>", {"b": ("<1>", 1)}], "<1>": None, "c": "${x}"} == scope(x=1).render(raw)


def test_a_key_must_become_a_text() -> None:
    for value in ([1], None, 5):
        with pytest.raises(Trouble, match=r"^\$\{x\} is not a text and cannot be a key$"):
            scope(x=value).render({parse_template("${x}"): 1})


documents: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(documents)
def test_what_has_no_reference_is_left_alone(value: Any) -> None:
    assert value == scope().render(value)


@given(documents)
def test_what_was_captured_is_never_interpreted(value: Any) -> None:
    """However much it looks like a reference."""
    assert value == scope(x=value).render(parse_template("${x}"))
    assert [value, {"a": value}] == scope(x=value).render(
        [parse_template("${x}"), {"a": parse_template("${x}")}]
    )


def test_an_escape_is_handed_on() -> None:
    rendered = scope(x="a/b").render({"a": [parse_template("/${x}")]}, lambda reference, value: "%2F")
    assert {"a": ["/%2F"]} == rendered


def test_the_secrets_that_were_used_are_known() -> None:
    made = scope()
    made.render([parse_template("${run.id}")])
    assert set() == made.used_secrets
    made.lookup(Reference("secret", "key"))
    assert {"key"} == made.used_secrets


def test_a_copy_knows_as_much_and_tells_nothing_until_it_is_asked() -> None:
    one = scope(work_id="a2239muq")
    one.secret_captures.add("token")
    other = one.copy()
    assert "a2239muq" == other.render(parse_template("${work_id}"))
    other.captures["more"] = 1
    other.secret_captures.add("another")
    other.render(parse_template("${secret.key}"))
    assert ({"work_id": "a2239muq"}, {"token"}, set()) == (
        one.captures,
        one.secret_captures,
        one.used_secrets,
    )
    one.learn(other)
    assert ({"work_id": "a2239muq"}, {"token", "another"}) == (one.captures, one.secret_captures)
    assert {"key"} == one.used_secrets
