"""From a draft to a text: what is not valid becomes a comment, and what is secret is nowhere."""

from typing import Any

import pytest

from checker.importers.finishing import Imported, finished
from checker.importers.notes import Draft, Names, Note, Noted, Notes, Probe, Unusable, shown, slug
from checker.importers.secrets import Secrets

URL = "https://example.org/"


def done(*probes: Probe, secrets: Secrets | None = None, notes: tuple[Note, ...] = ()) -> Imported:
    return finished(Draft(probes, notes), secrets or Secrets(), "Imported")


def probe(name: str = "p", *notes: Note, **http: Any) -> Probe:
    return Probe(name, {"http": {"url": URL, **http}}, notes)


def test_a_draft_is_written() -> None:
    made = done(probe("a", Note("x"), Note("y", lost=False)), notes=(Note("z"),))
    assert (
        "# Imported\n# not carried over: z\nversion: 1\nprobes:\n  a:\n    # not carried over: x\n    # y\n"
        "    http: {url: https://example.org/}\n"
    ) == made.text
    assert (1, (), ("z", "a: x")) == (made.probes, made.variables, made.lost)


def test_what_is_not_valid_is_a_comment_and_the_rest_is_kept() -> None:
    made = done(probe("bad", resolve={"a": "b"}), probe("good"))
    assert 1 == made.probes
    assert "  # not carried over: bad, as it is below: 'b' is not an IP address" in made.text
    assert "  # bad:\n  #   http: {url: https://example.org/, resolve: {a: b}}\n  good:\n" in made.text
    assert made.lost[0].startswith("bad: 'b' is not")


def test_a_file_name_that_the_system_refuses_is_no_crash() -> None:
    made = done(probe("bad", tls={"ca": "x" * 5000}), probe("good"))
    assert (2, ()) == (made.probes, made.lost)


def test_nothing_valid_is_refused() -> None:
    with pytest.raises(Unusable, match="nothing can be carried over:\n  p: 'b' is not an IP address"):
        done(probe(resolve={"a": "b"}))
    with pytest.raises(Unusable, match="there is nothing in it to import"):
        done()


def test_what_does_not_fit_into_one_file_is_refused() -> None:
    with pytest.raises(Unusable, match=r"no usable checks\.yaml: .*larger than 1 MiB.*import it in parts"):
        done(*(probe(f"p{index}", body="x" * 60_000) for index in range(20)))


def test_secrets_that_nobody_uses_are_not_written() -> None:
    secrets = Secrets()
    used = secrets.hide("value-one", "one")
    secrets.hide("value-two", "two")
    made = done(probe(headers={"A": used}), secrets=secrets)
    assert ("ONE",) == made.variables
    assert "two" not in made.text


def test_a_secret_is_found_wherever_it_stands() -> None:
    secrets = Secrets()
    token = secrets.hide("tok-HIDDEN-1", "token", "example.org")
    step = {"step": "get-tok-HIDDEN-1", "http": {"url": f"{URL}tok-HIDDEN-1", "headers": {"A": token}}}
    body = {
        "description": "what tok-HIDDEN-1 is for",
        "labels": {"a": "tok-HIDDEN-1"},
        "steps": [
            Noted(step, (Note("the token tok-HIDDEN-1"),)),
            Noted(
                {
                    "step": "b",
                    "http": {"url": URL, "json": {"x": ["a tok-HIDDEN-1", {"y": "dG9rLUhJRERFTi0x"}]}},
                },
                (),
            ),
        ],
    }
    made = done(
        Probe("p-tok-HIDDEN-1", body, (Note("tok-HIDDEN-1"),)), secrets=secrets, notes=(Note("tok-HIDDEN-1"),)
    )
    assert "HIDDEN" not in made.text + "".join(made.lost)
    assert "dG9rLUhJRERFTi0x" not in made.text
    assert 'url: "https://example.org/${secret.example_org_token}"' in made.text
    assert '"a ${secret.example_org_token}"' in made.text
    assert "a secret stood in another spelling where *** is now" in "".join(made.lost)
    assert 1 == made.probes


def test_names() -> None:
    names = Names()
    assert ["a-b", "a-b-2", "probe", "x", "1.2_c"] == [
        names.of(text) for text in ("a b", "/a/b/", "é", "--x--", "1.2_c")
    ]
    assert 100 == len(slug("a" * 300))
    assert len(Names().of("a" * 300)) <= 100


def test_notes_are_lines_of_bounded_length_each_once() -> None:
    notes = Notes()
    notes.lost("a\nb\x1b")
    notes.lost("a\nb\x1b")
    notes.lost_all([])
    notes.lost_all(["c", "d"], " too")
    assert (Note("a·b·"), Note("c, d too")) == notes.all
    assert 400 == len(shown("x" * 1000))
