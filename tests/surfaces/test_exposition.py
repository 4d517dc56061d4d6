"""The text itself, held against the parsers of prometheus_client; what it says is in test_metrics.py."""

import pytest
from prometheus_client.metrics_core import Metric
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text

from checker.board.snapshot import Snapshot
from checker.surfaces.exposition import OPENMETRICS, TEXT, Exposition, escape, header, negotiate
from checker.surfaces.metrics import families
from checker.surfaces.own import Own
from tests.surfaces.samples import outcome, probe, snapshot, trouble, view

HOSTILE = 'a "quoted" \\ back\\nslash\nand a line é 漢'


def text(board: Snapshot, *, openmetrics: bool = False, exposition: Exposition | None = None) -> str:
    shown = exposition or Exposition()
    return "".join(shown.pieces(board, families(board), Own(), openmetrics=openmetrics))


def parsed(board: Snapshot, *, openmetrics: bool) -> list[Metric]:
    parse = parse_openmetrics if openmetrics else parse_text
    return list(parse(text(board, openmetrics=openmetrics)))  # type: ignore[no-untyped-call, unused-ignore]


@pytest.mark.parametrize("openmetrics", [False, True])
@pytest.mark.parametrize("board", [trouble(), snapshot()], ids=["trouble", "no probes"])
def test_prometheus_own_parsers_accept_it(board: Snapshot, openmetrics: bool) -> None:
    names = [metric.name for metric in parsed(board, openmetrics=openmetrics)]
    assert len(names) == len(set(names))
    assert {"checker_probe_state", "checker_probe_runs", "checker_schedule_lag_seconds"} <= set(names)


@pytest.mark.parametrize("openmetrics", [False, True])
def test_both_formats_say_the_same(openmetrics: bool) -> None:
    said = {
        (sample.name, tuple(sorted(sample.labels.items())), sample.value)
        for metric in parsed(trouble(), openmetrics=openmetrics)
        for sample in metric.samples
        if sample.name.startswith("checker_")
    }
    other = {
        (sample.name, tuple(sorted(sample.labels.items())), sample.value)
        for metric in parsed(trouble(), openmetrics=not openmetrics)
        for sample in metric.samples
        if sample.name.startswith("checker_")
    }
    assert other == said


@pytest.mark.parametrize("openmetrics", [False, True])
def test_label_values_survive_whatever_they_hold(openmetrics: bool) -> None:
    board = snapshot(
        view(probe(labels={"team": HOSTILE}, owner=HOSTILE, runbook=HOSTILE), outcome()), label_keys=("team",)
    )
    labels = [
        sample.labels
        for metric in parsed(board, openmetrics=openmetrics)
        for sample in metric.samples
        if "probe" in sample.labels
    ]
    assert labels
    assert {HOSTILE} == {each["team"] for each in labels}
    assert {HOSTILE} == {each[key] for each in labels if "owner" in each for key in ("owner", "runbook")}


@pytest.mark.parametrize("openmetrics", [False, True])
def test_no_created_series(openmetrics: bool) -> None:
    assert "_created" not in text(trouble(), openmetrics=openmetrics)


def test_openmetrics_ends_with_its_mark_and_the_text_format_without() -> None:
    assert text(trouble(), openmetrics=True).endswith("\n# EOF\n")
    assert text(trouble(), openmetrics=True).count("# EOF") == 1
    assert "# EOF" not in text(trouble())


@pytest.mark.parametrize(
    ("openmetrics", "lines"),
    [
        (False, ["# TYPE checker_probe_runs_total counter", "# TYPE checker_probe_info gauge"]),
        (True, ["# TYPE checker_probe_runs counter", "# TYPE checker_probe info"]),
    ],
)
def test_families_are_named_as_each_format_wants_it(openmetrics: bool, lines: list[str]) -> None:
    assert [] == [line for line in lines if line not in text(trouble(), openmetrics=openmetrics).splitlines()]


def test_every_probe_has_every_label_key() -> None:
    board = snapshot(
        view(probe("a", labels={"env": "prod"}), outcome("a")),
        view(probe("b", labels={"team": "x"}), outcome("b")),
        label_keys=("env", "team"),
    )
    lines = [line for line in text(board).splitlines() if line.startswith("checker_probe_success")]
    assert [
        'checker_probe_success{probe="a",env="prod",team=""} 1',
        'checker_probe_success{probe="b",env="",team="x"} 1',
    ] == lines


def without_process(shown: str) -> str:
    return shown[: shown.index("# HELP process_")]


def test_the_order_is_always_the_same() -> None:
    assert without_process(text(trouble())) == without_process(text(trouble()))


class TestKeptLabels:
    def test_are_made_anew_for_a_probe_that_changed(self) -> None:
        exposition = Exposition()
        text(snapshot(view(probe(labels={"env": "prod"})), label_keys=("env",)), exposition=exposition)
        after = text(
            snapshot(view(probe(labels={"env": "stage"})), label_keys=("env",)), exposition=exposition
        )
        assert 'env="stage"' in after
        assert 'env="prod"' not in after

    def test_are_made_anew_when_the_keys_change(self) -> None:
        exposition, planned = Exposition(), probe(labels={"env": "prod", "team": "x"})
        text(snapshot(view(planned), label_keys=("env",)), exposition=exposition)
        after = text(snapshot(view(planned), label_keys=("env", "team")), exposition=exposition)
        assert '{probe="works-search",env="prod",team="x"}' in after

    def test_go_with_their_probe(self) -> None:
        exposition = Exposition()
        text(snapshot(view(probe("a")), view(probe("b"))), exposition=exposition)
        after = text(snapshot(view(probe("b"))), exposition=exposition)
        assert 'probe="a"' not in after
        assert {"b"} == set(exposition._labels)

    def test_are_escaped_once_for_as_long_as_the_probe_stays(self) -> None:
        exposition, board = Exposition(), snapshot(view(probe("a")))
        text(board, exposition=exposition)
        (before,) = exposition._labels.values()
        text(board, exposition=exposition)
        assert before is exposition._labels["a"]


async def test_rendering_yields_the_same_text_in_slices() -> None:
    board = snapshot(*(view(probe(f"p{number}"), outcome(f"p{number}")) for number in range(450)))
    parts = [part async for part in Exposition().render(board, families(board), Own(), openmetrics=True)]
    whole = b"".join(parts).decode()
    assert without_process(text(board, openmetrics=True)) == without_process(whole)
    assert 450 == whole.count("\nchecker_probe_success{")


def test_families_follow_one_another_and_probes_within_them() -> None:
    """Several are made at once, and many probes in portions: the formats want each family's lines together."""
    names = [f"p{number:03}" for number in range(120)]
    board = snapshot(*(view(probe(name), outcome(name)) for name in names))
    lines = text(board).splitlines()
    headed = [line.split()[2] for line in lines if line.startswith("# TYPE ")]
    expected = [header(family, openmetrics=False).split()[2] for family in families(board)]
    assert expected == headed[: len(expected)]
    begun = lines.index("# TYPE checker_probe_success gauge") + 1
    assert [f'checker_probe_success{{probe="{name}"}} 1' for name in names] == lines[begun : begun + 120]


@pytest.mark.parametrize("count", [0, 1, 49, 50, 51, 250])
def test_no_piece_grows_with_the_number_of_probes(count: int) -> None:
    """What lies between two looks at the clock is bounded: at most fifty probes of a few families."""
    board = snapshot(*(view(probe(f"p{number}"), outcome(f"p{number}")) for number in range(count)))
    pieces = Exposition().pieces(board, families(board), Own(), openmetrics=False)
    assert all(piece.count("checker_probe_success{") <= 50 for piece in pieces)


@pytest.mark.parametrize(("openmetrics", "end"), [(False, ""), (True, "# EOF\n")])
def test_the_checkers_own_metrics_can_be_left_out(openmetrics: bool, end: str) -> None:
    board = trouble()
    shown = "".join(Exposition().pieces(board, families(board), None, openmetrics=openmetrics))
    assert text(board, openmetrics=openmetrics).startswith(shown.removesuffix(end))
    assert "checker_build" not in shown
    assert shown.endswith(end)


def test_help_is_escaped_as_each_format_wants_it() -> None:
    (family, *_) = families(snapshot())
    strange = type(family)("a", "gauge", 'a "b" \\ \n', family.samples)
    assert '# HELP a a "b" \\\\ \\n\n# TYPE a gauge\n' == header(strange, openmetrics=False)
    assert '# HELP a a \\"b\\" \\\\ \\n\n# TYPE a gauge\n' == header(strange, openmetrics=True)


def test_escape_leaves_plain_values_alone() -> None:
    assert "works-search/é" == escape("works-search/é")


PROMETHEUS_2 = (
    "application/openmetrics-text;version=1.0.0;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,"
    "text/plain;version=0.0.4;q=0.3,*/*;q=0.2"
)
PROMETHEUS_3 = (
    "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
    "application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,"
    "text/plain;version=0.0.4;q=0.3,*/*;q=0.2"
)


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        ("", TEXT),
        ("*/*", TEXT),
        ("text/html,application/xhtml+xml", TEXT),
        ("text/plain;version=0.0.4", TEXT),
        ("text/plain;version=1.0.0;escaping=allow-utf-8", TEXT),
        ("application/openmetrics-text", OPENMETRICS),
        ("application/openmetrics-text; version=1.0.0", OPENMETRICS),
        ("application/openmetrics-text;version=0.0.1", TEXT),
        ("application/openmetrics-text;version=nonsense", TEXT),
        ("application/openmetrics-text;version=1.x", TEXT),
        ("application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily", TEXT),
        (PROMETHEUS_2, OPENMETRICS),
        (PROMETHEUS_3, OPENMETRICS),
    ],
)
def test_negotiation(accept: str, content_type: str) -> None:
    assert (content_type == OPENMETRICS, content_type) == negotiate(accept)
