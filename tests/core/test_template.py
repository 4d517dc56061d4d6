from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checker.core.template import (
    NAMESPACES,
    UNRESOLVED,
    Reference,
    Template,
    TemplateError,
    as_text,
    parse_reference,
    parse_template,
)

WORK_ID = Reference("", "work_id")

PARSED: list[tuple[str, tuple[str | Reference, ...]]] = [
    ("${work_id}", (WORK_ID,)),
    ("/works/${work_id}", ("/works/", WORK_ID)),
    ("${work_id}${work_id}", (WORK_ID, WORK_ID)),
    ("${env.AUTH_URL}/token", (Reference("env", "AUTH_URL"), "/token")),
    ("${env.URL:-http://127.0.0.1:8080/a?b=c}", (Reference("env", "URL", "http://127.0.0.1:8080/a?b=c"),)),
    ("${env.URL:-}", (Reference("env", "URL", ""),)),
    ("${env.URL:-a\nb}", (Reference("env", "URL", "a\nb"),)),
    ("${env.URL:-:-}", (Reference("env", "URL", ":-"),)),
    ("${secret.ref-key}", (Reference("secret", "ref-key"),)),
    ("${run.started_at}", (Reference("run", "started_at"),)),
    ("${callback.url}", (Reference("callback", "url"),)),
    ("$${a}${work_id}", ("${a}", WORK_ID)),
    ("${work_id}$${", (WORK_ID, "${")),
    ("${work_id}$", (WORK_ID, "$")),
    ("${work_id}}", (WORK_ID, "}")),
]


@pytest.mark.parametrize(("text", "parts"), PARSED)
def test_a_text_with_references_is_a_template(text: str, parts: tuple[str | Reference, ...]) -> None:
    assert Template(parts) == parse_template(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        *[(text, text) for text in ("", "plain", "$", "$$", "{}", "$a", "a$ {b}")],
        ("$${a}", "${a}"),
        ("$${", "${"),
        ("$$${a}", "$${a}"),
    ],
)
def test_a_text_without_references_is_a_text(text: str, expected: str) -> None:
    assert expected == parse_template(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("${work_id", "'${work_id' is never closed; write ${NAME}, or $${ for a literal ${"),
        ("a${", "'${' is never closed; write ${NAME}, or $${ for a literal ${"),
        ("${}", "${} is not a reference; write ${env.NAME}, ${secret.NAME} or ${capture}"),
        ("${ a }", "${ a } is not a reference; write ${env.NAME}, ${secret.NAME} or ${capture}"),
        ("${1a}", "${1a} is not a reference; write ${env.NAME}, ${secret.NAME} or ${capture}"),
        ("${a b}", "${a b} is not a reference; write ${env.NAME}, ${secret.NAME} or ${capture}"),
        ("${env.}", "${env.} is not a reference; write ${env.NAME}, ${secret.NAME} or ${capture}"),
        ("${a${b}}", "${a${b} is not a reference; write ${env.NAME}, ${secret.NAME} or ${capture}"),
        ("${work_id\n}", "${work_id\n} is not a reference; write ${env.NAME}, ${secret.NAME} or ${capture}"),
        ("${enw.A}", "${enw.A}: there is no 'enw'; known are env, matrix, param, secret, run, callback"),
        ("${param.x:-5}", "${param.x:-5}: only env takes a default"),
        ("${work_id:-5}", "${work_id:-5}: only env takes a default"),
    ],
)
def test_a_malformed_reference_is_refused(text: str, message: str) -> None:
    with pytest.raises(TemplateError) as raised:
        parse_template(text)
    assert message == str(raised.value)


names = st.from_regex(r"[A-Za-z_][A-Za-z0-9_-]{0,8}", fullmatch=True)
references = (
    st.builds(Reference, st.sampled_from([name for name in NAMESPACES if name != "env"]), names)
    | st.builds(Reference, st.just(""), names)
    | st.builds(Reference, st.just("env"), names, st.none() | st.text(alphabet="ab:-$.{ \n", max_size=4))
)
literals = st.text(alphabet="a$ {}\n", min_size=1, max_size=5)


@given(references)
def test_a_reference_reads_as_it_is_written(reference: Reference) -> None:
    assert reference == parse_reference(str(reference)[2:-1])
    assert Template((reference,)) == parse_template(str(reference))


@given(st.lists(literals.filter(lambda text: not text.endswith("$")) | references, min_size=1, max_size=5))
def test_a_template_reads_as_it_is_written(parts: list[str | Reference]) -> None:
    """But for a literal dollar right before a reference, for which there is no spelling."""
    text = str(Template(tuple(parts)))
    parsed = parse_template(text)
    assert text == (str(parsed) if isinstance(parsed, Template) else parsed.replace("${", "$${"))
    assert tuple(part for part in parts if isinstance(part, Reference)) == (
        parsed.references if isinstance(parsed, Template) else ()
    )


@given(st.text() | st.text(alphabet="${}ab.:-\n"))
def test_any_text_is_parsed_or_refused(text: str) -> None:
    try:
        parsed = parse_template(text)
    except TemplateError:
        return
    if isinstance(parsed, Template):
        assert parsed.references
        assert "" not in parsed.parts
        assert not any(
            isinstance(a, str) and isinstance(b, str)
            for a, b in zip(parsed.parts, parsed.parts[1:], strict=False)
        )


def resolved(text: str, **values: Any) -> object:
    template = parse_template(text)
    assert isinstance(template, Template)
    return template.resolve(lambda reference: values.get(reference.name, UNRESOLVED))


@pytest.mark.parametrize("value", ["a", 5, 0.5, True, None, [1, "a"], {"a": 1}])
def test_one_whole_reference_keeps_its_value_s_type(value: object) -> None:
    assert value is resolved("${x}", x=value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [("a", "<a>"), (5, "<5>"), (0.5, "<0.5>"), (True, "<true>"), (False, "<false>"), (1e22, "<1e+22>")],
)
def test_within_a_text_a_value_becomes_text(value: object, expected: str) -> None:
    assert expected == resolved("<${x}>", x=value)


@pytest.mark.parametrize(
    ("value", "what"),
    [
        (None, "null"),
        ([], "a list"),
        ((), "a list"),
        ({}, "an object"),
        (b"x", "not text"),
        (UNRESOLVED.__class__, "not text"),
    ],
)
def test_what_has_no_form_as_text_is_refused(value: object, what: str) -> None:
    with pytest.raises(TemplateError, match=rf"^\$\{{x\}} is {what} and cannot stand within a text$"):
        resolved("<${x}>", x=value)


@pytest.mark.parametrize("value", ["${y}", "$${y}", "${secret.key}", "${", "}"])
def test_what_is_put_in_is_never_parsed_again(value: str) -> None:
    assert f"<{value}>" == resolved("<${x}>", x=value)
    assert value == resolved("${x}", x=value)


def test_what_cannot_be_resolved_yet_stays() -> None:
    assert Template(("a1b", Reference("", "y"), "c")) == resolved("a${x}b${y}c", x=1)
    assert Template((Reference("", "y"),)) == resolved("${y}")
    assert parse_template("a${x}${y}") == resolved("a${x}${y}")


def test_a_value_put_in_that_looks_like_a_reference_is_written_as_a_literal() -> None:
    assert "$${secret.key}${y}" == str(resolved("${x}${y}", x="${secret.key}"))


def test_an_escape_sees_the_reference_and_its_value() -> None:
    template = parse_template("/${x}/${y}")
    assert isinstance(template, Template)
    text = template.resolve(lambda reference: 1, lambda reference, value: f"{reference.name}={value!r}")
    assert "/x=1/y=1" == text


def test_an_escape_is_not_asked_for_a_whole_reference() -> None:
    template = parse_template("${x}")
    assert isinstance(template, Template)
    assert "a/b" == template.resolve(lambda reference: "a/b", lambda reference, value: "escaped")


def test_as_text_takes_what_yaml_writes() -> None:
    assert ["a", "true", "1", "1.0"] == [as_text(WORK_ID, value) for value in ("a", True, 1, 1.0)]
