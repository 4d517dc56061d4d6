"""`make audit`, with the real tools, and a vulnerability service on loopback."""

import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from scripts.audit import LOCK, Finding, judge
from tests.net.loopback import closed_port

ROOT = Path(__file__).parents[2]
PACKAGE = re.compile(r"^([a-z0-9][a-z0-9._-]*)==([^ ]+)(.*?)(?=^[a-z0-9]|\Z)", re.MULTILINE | re.DOTALL)

Answer = Mapping[str, Any]


@contextmanager
def service(known: Mapping[str, Answer], status: int = 200) -> Iterator[tuple[str, list[str]]]:
    """Answer as the OSV database does (POST /v1/query); yields the URL and whatever was asked about."""
    asked: list[str] = []

    class Osv(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            query = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            asked.append(f"{query['package']['name']}=={query['version']}")
            data = json.dumps(known.get(query["package"]["name"], {})).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Osv) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/v1/query", asked
        finally:
            server.shutdown()
            thread.join()


def audit(directory: Path, url: str, ci: str = "") -> subprocess.CompletedProcess[str]:
    service = {"PIP_AUDIT_VULNERABILITY_SERVICE": "osv", "PIP_AUDIT_OSV_URL": url, "CI": ci}
    return subprocess.run(
        [sys.executable, ROOT / "scripts" / "audit.py", directory],
        env={**os.environ, **service},
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )


def locked() -> dict[str, tuple[str, set[str]]]:
    """Return the version and the hashes of every package that the lock file pins."""
    return {
        name: (version, set(re.findall(r"--hash=sha256:([0-9a-f]{64})", rest)))
        for name, version, rest in PACKAGE.findall(LOCK.read_text())
    }


VULNERABLE = {
    "vulns": [
        {
            "id": "EXAMPLE-2026-1",
            "aliases": [],
            "summary": "an example",
            "details": "an example",
            "affected": [
                {
                    "package": {"name": "httpx", "ecosystem": "PyPI"},
                    "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "9.9"}]}],
                }
            ],
        }
    ]
}


def test_the_bill_holds_every_package_with_its_version_and_hashes(tmp_path: Path) -> None:
    with service({}) as (url, asked):
        first, second = audit(tmp_path / "a", url), audit(tmp_path / "b", url)
    assert (0, 0) == (first.returncode, second.returncode), first.stderr
    wanted = locked()
    assert len(wanted) > 30
    assert all(hashes for _, hashes in wanted.values())
    text = (tmp_path / "a" / "sbom.cdx.json").read_text()
    assert text == (tmp_path / "b" / "sbom.cdx.json").read_text()
    assert str(ROOT) not in text
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    held = {
        one["name"]: (
            one["version"],
            {found["content"] for place in one["externalReferences"] for found in place["hashes"]},
        )
        for one in json.loads(text)["components"]
    }
    assert wanted == held
    assert {f"{name}=={version}" for name, (version, _) in wanted.items()} == set(asked)
    assert f"Nothing is known against any of the {len(wanted)} packages today." in first.stdout


def test_what_is_known_is_told(tmp_path: Path) -> None:
    with service({"httpx": VULNERABLE}) as (url, _):
        done = audit(tmp_path, url)
    assert 1 == done.returncode
    assert f"httpx=={locked()['httpx'][0]}: EXAMPLE-2026-1; without it: 9.9\n" in done.stdout
    assert "Nothing is known" not in done.stdout


@pytest.mark.parametrize(("ci", "code"), [("", 0), ("true", 3)])
def test_where_nobody_can_be_asked_it_claims_nothing(tmp_path: Path, ci: str, code: int) -> None:
    (tmp_path / "audit.json").write_text('{"dependencies": []}')  # of an earlier time
    done = audit(tmp_path, f"http://127.0.0.1:{closed_port()}/", ci)
    assert code == done.returncode
    assert re.search(
        r"^NOT AUDITED: none of the \d+ packages could be asked about: .*refused", done.stdout, re.MULTILINE
    )
    assert "Whether there are known vulnerabilities is unknown." in done.stdout
    assert "Nothing is known" not in done.stdout
    assert (tmp_path / "sbom.cdx.json").exists()


def test_a_service_with_a_fault_is_nobody(tmp_path: Path) -> None:
    with service({}, status=500) as (url, _):
        done = audit(tmp_path, url, "true")
    assert 3 == done.returncode
    assert "NOT AUDITED" in done.stdout


def test_a_package_of_which_nothing_is_told_is_not_a_good_one() -> None:
    answer = {
        "dependencies": [
            {"name": "a", "version": "1", "vulns": []},
            {"name": "b", "skip_reason": "not found"},
            {"name": "d", "version": "2", "vulns": [{"id": "X-1", "fix_versions": []}]},
        ]
    }
    findings, untold = judge(["a==1", "b==1", "c==1", "d==2"], answer)
    assert [Finding("d==2", "X-1", ())] == findings
    assert ["d==2: X-1; no version is without it"] == [str(finding) for finding in findings]
    assert ["b==1", "c==1"] == untold
