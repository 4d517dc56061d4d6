from urllib.parse import parse_qsl

import pytest

from checker.core.reason import State
from checker.surfaces.web.filters import Filter, unknown_parameters, unknown_values
from checker.surfaces.web.marks import Mark, mark_of
from tests.surfaces.samples import masked_view, outcome, probe, trouble, view


def parse(query: str) -> Filter:
    return Filter.parse(parse_qsl(query, keep_blank_values=True))


def names(query: str) -> list[str]:
    wanted = parse(query)
    return [name for name, one in trouble().probes.items() if wanted.admits(mark_of(one), one)]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("mark=masked", ["works-search"]),
        ("mark=down", ["bulk-upload"]),
        ("state=down", ["bulk-upload", "works-search", "upload-report"]),
        ("mark=masked&mark=degraded", ["images-list", "works-search"]),
        ("label=team=upload", ["bulk-upload", "upload-report"]),
        ("label=team=upload&label=env=stage", []),
        ("label=nonsense&mark=unknown", ["trusts-sync"]),
        ("q=WORKS", ["works-cdn", "works-search"]),
        ("q=auth_rejected", ["works-search", "upload-report"]),
        ("q=upload+20+s", ["bulk-upload"]),
        ("q=consumer%3Dprofile", ["reference-lookup/profile"]),
        ("q=nothing+like+this", []),
        ("mark=nonsense", []),
        ("unknown=parameter&mark=pending", ["heartbeat"]),
    ],
)
def test_what_is_admitted(query: str, found: list[str]) -> None:
    assert found == names(query)


def test_nothing_asked_for_admits_all() -> None:
    assert list(trouble().probes) == names("")
    assert not parse("").narrows
    assert all(parse(query).narrows for query in ("mark=up", "state=up", "label=a=b", "q=a"))


def test_a_probe_that_never_ran_has_no_reason() -> None:
    assert Filter(text="heartbeat").admits(Mark.PENDING, view(probe("heartbeat")))
    assert not Filter(text="timeout").admits(Mark.PENDING, view(probe("heartbeat")))


def test_states_are_the_debounced_ones() -> None:
    assert Filter(states=(State.DOWN,)).admits(Mark.MASKED, masked_view())
    assert not Filter(states=(State.DOWN,)).admits(Mark.UP, view(last=outcome()))


@pytest.mark.parametrize(
    "query",
    [
        "",
        "?mark=masked&mark=down&state=up&label=env%3Dprod&label=a%3Db%3Dc&q=two+words&page=3&theme=dark",
        "?q=%22%3E%3Cscript%3E%26",
        "?label=%C3%A9%3D%C3%A9",
    ],
)
def test_a_query_is_read_back_as_it_was_written(query: str) -> None:
    assert query == parse(query.removeprefix("?")).query()


@pytest.mark.parametrize("page", ["0", "-1", "x", "1.5", "", "99999999999999", "\u0661"])
def test_a_page_that_is_none_is_the_first(page: str) -> None:
    assert 1 == parse(f"page={page}").page


@pytest.mark.parametrize(("theme", "kept"), [("dark", "dark"), ("light", "light"), ("x", ""), ("", "")])
def test_themes(theme: str, kept: str) -> None:
    assert kept == parse(f"theme={theme}").theme


def test_the_last_of_several_values_counts() -> None:
    assert "b" == parse("q=a&q=b").text


def test_changes_start_at_the_first_page_and_keep_the_rest() -> None:
    wanted = parse("mark=down&label=a=b&q=x&page=2&theme=dark")
    assert "?mark=down&mark=up&label=a%3Db&q=x&theme=dark" == wanted.toggled(Mark.UP).query()
    assert "?label=a%3Db&q=x&theme=dark" == wanted.toggled(Mark.DOWN).query()
    assert "?mark=down&label=a%3Db&label=c%3Dd&q=x&theme=dark" == wanted.with_label(("c", "d")).query()
    assert "?mark=down&label=a%3Db&q=x&theme=dark" == wanted.with_label(("a", "b")).query()
    assert "?mark=down&q=x&theme=dark" == wanted.without_label(("a", "b")).query()
    assert "?mark=down&label=a%3Db&q=x&page=3&theme=dark" == wanted.on_page(3).query()
    assert "?theme=dark" == wanted.emptied().query()


@pytest.mark.parametrize(
    ("query", "sentences"),
    [
        ("state=down&mark=masked&label=env=prod&q=anything", []),
        ("", []),
        ("state=dwon", ["There is no state 'dwon'. There are pending, up, degraded, down and unknown."]),
        ("state=", ["There is no state ''. There are pending, up, degraded, down and unknown."]),
        (
            "mark=broken&state=up",
            [
                "There is no mark 'broken'. There are masked, down, unknown, degraded, blocked, pending and up."
            ],
        ),
        ("label=prod", ["A label is asked for as label=name=value, not as 'prod'."]),
        ("label=evn=prod", ["There is no label 'evn'. There are env and team."]),
        (f"label={'x' * 90}=", [f"There is no label '{'x' * 80}'. There are env and team."]),
    ],
)
def test_what_no_probe_can_ever_have_is_said(query: str, sentences: list[str]) -> None:
    assert sentences == list(unknown_values(parse_qsl(query, keep_blank_values=True), ("env", "team")))


def test_an_estate_may_have_one_label_or_none() -> None:
    asked = [("label", "a=b")]
    assert ["There is no label 'a'. There are env."] == list(unknown_values(asked, ("env",)))
    assert ["There is no label 'a'. There are none."] == list(unknown_values(asked, ()))


def test_what_is_no_parameter_is_said() -> None:
    assert [] == list(unknown_parameters([("q", ""), ("state", "dwon"), ("mark", ""), ("label", "")]))
    assert ["There is no parameter 'stat'. There are label, mark, q and state."] == list(
        unknown_parameters([("stat", "down")])
    )
