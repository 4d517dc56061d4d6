"""No descriptor left, no memory left: errors of the checker's own, which end when there is some again."""

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.faults.rows import GOOD
from tests.faults.serving import MIB, Served, everything, says
from tests.integration.sites import reply
from tests.integration.test_tls import CA, HOST, certificate, server_side

SECURE = {"tls": {"ca": "{ca}", "server_name": HOST}}
PROBES = {
    "address": {"url": "http://127.0.0.1:{plain}/"},
    "localhost": {"url": "http://localhost:{plain}/"},
    "name": {"url": "http://named.test:{plain}/"},
    "tls": {"url": "https://127.0.0.1:{secure}/", **SECURE},
    "secret-in-a-file": {"url": "http://127.0.0.1:{plain}/", "headers": {"X-Key": "${secret.key}"}},
    "large-answer": {"url": "http://127.0.0.1:{large}/", "max_body": "100MiB"},
    "large-answer-over-tls": {"url": "https://127.0.0.1:{heavy}/", "max_body": "100MiB", **SECURE},
}
LARGE = says(reply(b"a" * (64 * MIB)))
TLS = server_side(certificate(HOST))
SERVERS = {
    "plain": Served(says(GOOD)),
    "secure": Served(says(GOOD), TLS),
    "large": Served(LARGE),
    "heavy": Served(LARGE, TLS),
}


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, list[list[str]]]:
    folder = tmp_path_factory.mktemp("starved")
    (folder / "key").write_text("s3cr3t-value")
    path = folder / "checks.json"
    with everything(SERVERS, {"named.test": ["127.0.0.1"]}) as places:
        probes = {name: {"timeout": "20s", "http": http} for name, http in PROBES.items()}
        text = json.dumps({"version": 1, "secrets": {"key": {"file": "key"}}, "probes": probes})
        for name, port in places.ports.items():
            text = text.replace(f"{{{name}}}", str(port))
        path.write_text(text.replace("{ca}", json.dumps(CA.cert_pem.bytes().decode())[1:-1]))
        command = [sys.executable, "-m", "tests.faults.starved", str(path), places.names]
        done = subprocess.run(command, stdout=subprocess.PIPE, check=True, cwd=Path(__file__).parents[2])
    return dict(json.loads(done.stdout))


@pytest.mark.parametrize("name", PROBES)
def test_it_is_an_error_of_the_checkers_and_then_over(name: str, told: Mapping[str, list[list[str]]]) -> None:
    (result, reason, message), after = told[name]
    expected = "secret_unavailable" if "secret" in name else "internal"
    assert ["error", expected] == [result, reason], message
    assert "memory" in message if "large" in name else "Too many open files" in message
    assert ["pass", None, None] == after
