"""The fault matrix: of each fault what is said, and that it costs nobody else anything."""

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

from tests.faults.bodies import DOCUMENTS, ENCODINGS, MALFORMED
from tests.faults.certificates import CERTIFICATES
from tests.faults.connections import CONNECTING, SLOW
from tests.faults.exchanges import CAPTURES, PROVING, REDIRECTS, REPEATING, STATUSES
from tests.faults.probing import BENIGN, GROWN, HELD, NEIGHBOUR
from tests.faults.rows import GOOD, GRANTED, SECRETS, Row, row
from tests.faults.serving import Places, everything, mebibyte, says
from tests.integration.checks import PASS, Told
from tests.integration.processes import unmeasured
from tests.integration.sites import reply
from tests.integration.spellings import found
from tests.integration.test_tls import CA

GROUPS = {
    "On the way to a server": CONNECTING,
    "Slow answers, and answers without an end": SLOW,
    "Answers that are no HTTP": MALFORMED,
    "Encodings and charsets": ENCODINGS,
    "JSON and other documents": DOCUMENTS,
    "Redirects": REDIRECTS,
    "Credentials and tokens": PROVING,
    "Answers that repeat what was sent": REPEATING,
    "Statuses": STATUSES,
    "Captured values in later requests": CAPTURES,
    "TLS": CERTIFICATES,
}
FAULTS = tuple(chain(*GROUPS.values()))
WORK = (
    '{"id": "a2239muq", "title": "A work of botany, of which there is a copy", "workType": "Books", "n": 1}'
)
BESIDE = (
    row(
        BENIGN,
        says(reply(mebibyte(WORK), Content_Type="application/json")),
        PASS,
        keys={"expect": {"json": {"$[*].n": {"every": 1}}}},
    ),
    row(NEIGHBOUR, says(GOOD), PASS, keys={"interval": "100ms", "timeout": "40ms"}),
)
ROWS = {f"r{number}": one for number, one in enumerate(FAULTS)}
NAMES = {name: known for one in FAULTS for name, known in one.names.items()}


@dataclass(frozen=True)
class Bench:
    """What came of all rows: what was measured, and everything that was written about them."""

    measured: Mapping[str, Any]
    written: bytes


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    """Of all rows, by a process that runs nothing else."""
    folder = tmp_path_factory.mktemp("faults")
    path, written = folder / "checks.json", folder / "written"
    probes = {**ROWS, **{one.name: one for one in BESIDE}}
    with everything({name: one.served for name, one in probes.items() if one.served}, NAMES) as places:
        document = {
            name: _filled(one.probe, places, places.ports.get(name, 0)) for name, one in probes.items()
        }
        secrets = {name.lower(): {"env": name} for name in SECRETS}
        path.write_text(json.dumps({"version": 1, "secrets": secrets, "probes": document}))
        command = [sys.executable, "-m", "tests.faults.probing", str(path), places.names, str(written)]
        root = Path(__file__).parents[2]
        done = subprocess.run(command, stdout=subprocess.PIPE, check=True, cwd=root, env=unmeasured())
    return Bench({one["name"]: one for one in json.loads(done.stdout)}, written.read_bytes())


@pytest.fixture(scope="module")
def measured(bench: Bench) -> Mapping[str, Any]:
    return bench.measured


def _filled(value: Any, places: Places, port: int) -> Any:
    if isinstance(value, Mapping):
        return {key: _filled(item, places, port) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_filled(item, places, port) for item in value]
    if not isinstance(value, str):
        return value
    for name, text in (
        ("url", f"http://127.0.0.1:{port}"),
        ("port", port),
        ("closed", places.closed),
        ("deaf", places.deaf),
        ("ca", CA.cert_pem.bytes().decode()),
    ):
        value = value.replace(f"{{{name}}}", str(text))
    return value


every_row = pytest.mark.parametrize(
    ("name", "fault"), [pytest.param(name, fault, id=fault.name) for name, fault in ROWS.items()]
)


@pytest.mark.timeout(300)
@every_row
def test_what_is_said_of(name: str, fault: Row, measured: Mapping[str, Any]) -> None:
    found = measured[name]
    assert fault.told == Told(found["result"], found["reason"], found["step"]), found["message"]
    assert fault.words in found["message"]
    assert len(found["message"]) <= 1000
    assert fault.certificate == found["certificate"]


@every_row
def test_it_ends_within_its_timeout_and_a_tenth(name: str, fault: Row, measured: Mapping[str, Any]) -> None:
    """Beyond what the checker itself says that it lost. A row that need not wait has twenty seconds."""
    found = measured[name]
    assert found["seconds"] <= found["timeout"] * 1.1 + found["lost"], found


@every_row
def test_it_holds_nobody_up(name: str, fault: Row, measured: Mapping[str, Any]) -> None:
    """Neither the event loop nor the probes beside it, which begin on time but for what the machine takes."""
    found = measured[name]
    assert found["held"] < HELD, found
    assert found["slots"]
    assert found["late"] < HELD, found
    assert found["beside"] == [], found


@every_row
def test_it_takes_no_memory(name: str, fault: Row, measured: Mapping[str, Any]) -> None:
    assert measured[name]["grown"] < GROWN, measured[name]


@every_row
def test_it_leaves_nothing_to_the_garbage_collector(
    name: str, fault: Row, measured: Mapping[str, Any]
) -> None:
    """What it does not free at once stays for a long time: `checker.app.memory`."""
    assert not measured[name]["cycles"], measured[name]


def test_no_two_rows_have_one_name() -> None:
    assert len(FAULTS) == len({fault.name for fault in FAULTS})


def test_nothing_that_was_written_of_it_holds_a_secret(bench: Bench) -> None:
    """Metrics, evidence, pages, the API, archives and the log, down to what is only said for debugging."""
    for word in (b"***", b"(withheld)", b"checker_probe_success", b"<!doctype html", b'"logger": "httpx"'):
        assert word in bench.written
    assert found([*SECRETS.values(), GRANTED], bench.written) == []
