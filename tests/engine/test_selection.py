import pytest

from checker.core.errors import ConfigurationError
from checker.engine.plan import PlannedProbe
from checker.engine.selection import select

LABELS = {
    "works-search": {"env": "prod", "team": "catalogue"},
    "lookup/a/prod": {"env": "prod"},
    "lookup/a/stage": {"env": "stage"},
    "lookup-direct": {"env": "prod"},
}
PROBES = {
    name: PlannedProbe(name=name, steps=(), fingerprint="", labels=labels) for name, labels in LABELS.items()
}


@pytest.mark.parametrize(
    ("names", "labels", "expected"),
    [
        ([], [], list(LABELS)),
        (["works-search"], [], ["works-search"]),
        (["lookup-direct", "works-search"], [], ["works-search", "lookup-direct"]),
        (["lookup"], [], ["lookup/a/prod", "lookup/a/stage"]),
        (["lookup/a"], [], ["lookup/a/prod", "lookup/a/stage"]),
        (["*/stage"], [], ["lookup/a/stage"]),
        ([], ["env=stage"], ["lookup/a/stage"]),
        ([], ["env=prod", "team=catalogue"], ["works-search"]),
        (["lookup"], ["env=prod"], ["lookup/a/prod"]),
    ],
)
def test_selects(names: list[str], labels: list[str], expected: list[str]) -> None:
    assert expected == [probe.name for probe in select(PROBES, names, labels)]


@pytest.mark.parametrize(
    ("names", "labels", "message"),
    [
        (["works-serch"], [], "there is no probe 'works-serch'; did you mean works-search?"),
        (["works-search", "zzz"], [], "there is no probe 'zzz'; `checker list` shows what there is"),
        (["a.yaml"], [], "there is no probe 'a.yaml'; a configuration is named by -c a.yaml"),
        ([], ["env"], "'env' is not a label; write key=value"),
        ([], ["=prod"], "'=prod' is not a label; write key=value"),
        ([], ["env=nowhere"], "no probe has the labels env=nowhere; `checker list` shows what there is"),
    ],
)
def test_says_what_it_cannot_select(names: list[str], labels: list[str], message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        select(PROBES, names, labels)
    assert message == str(caught.value)


def test_no_probes_at_all_is_said_too() -> None:
    with pytest.raises(ConfigurationError, match="there are no probes"):
        select({}, [])
