"""The others: what is asked (nginx), whom we are compared with (blackbox_exporter), and who drives it (wrk)."""

import asyncio
import contextlib
import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urljoin

import httpx
import trustme

from benchmarks.goals.processes import Measured, answers, free_port, get, pinned, running, wait_until

CONNECTIONS = 8
TOTAL = 60  # what the search says that it found

_WORK = {"id": "a2239muq", "title": "Botany for all", "type": "Work"}
SEARCH = json.dumps({"type": "ResultList", "totalResults": TOTAL, "results": [_WORK] * 54})  # 3.4 KB

_NGINX = """
daemon off; worker_processes 1; pid {folder}/pid; error_log stderr crit;
events {{ worker_connections 4096; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
    server {{
        listen 127.0.0.1:{plain} backlog=4096;
        listen 127.0.0.1:{tls} ssl backlog=4096;
        ssl_certificate {folder}/server.pem; ssl_certificate_key {folder}/server.pem;
        ssl_protocols TLSv1.2 TLSv1.3; ssl_session_cache off; ssl_session_tickets off;
        location = /status {{ stub_status; }}
        location / {{ default_type application/json; return 200 '{body}'; }}
    }}
}}
"""
_PROBING = """
    prober: http
    timeout: 5s
    http:
      preferred_ip_protocol: ip4
      fail_if_body_not_matches_regexp: ['"totalResults": *[1-9][0-9]*.*"id": *"[a-z0-9]{8}"']
"""
_DELAYED = "  delayed: {prober: http, timeout: 5s, http: {preferred_ip_protocol: ip4}}\n"


def needed() -> None:
    """Leave off where the parts are missing that are no Python."""
    missing = [
        part for part in ("nginx", "prometheus-blackbox-exporter", "wrk", "taskset") if not shutil.which(part)
    ]
    if missing:
        sys.exit(f"Missing on this machine: {', '.join(missing)}; scripts/benchmark-packages.sh has them.")


@dataclass(frozen=True)
class Site:
    """What is asked: the same search over plain HTTP and over HTTPS, with a fresh RSA-2048 handshake each time."""

    plain: str
    tls: str
    ca: Path

    def url(self, scheme: str) -> str:
        return self.tls if scheme == "tls" else self.plain

    def handled(self) -> int:
        """Return how many requests it has handled so far, this one included."""
        return int(get(urljoin(self.plain, "/status")).splitlines()[2].split()[2])


@contextlib.contextmanager
def site(core: int | None = None) -> Iterator[Site]:
    """Run nginx."""
    with tempfile.TemporaryDirectory() as name:
        folder, plain, tls = Path(name), free_port(), free_port()
        folder.chmod(0o755)
        ca = trustme.CA(key_type=trustme.KeyType.RSA)
        ca.cert_pem.write_to_path(folder / "ca.pem")
        leaf = ca.issue_cert("127.0.0.1", key_type=trustme.KeyType.RSA)
        leaf.private_key_and_cert_chain_pem.write_to_path(folder / "server.pem")
        config = folder / "nginx.conf"
        config.write_text(_NGINX.format(folder=folder, plain=plain, tls=tls, body=SEARCH))
        with running(["nginx", "-e", "stderr", "-c", str(config)], core=core):
            wait_until(lambda: answers(f"http://127.0.0.1:{plain}/"))
            yield Site(f"http://127.0.0.1:{plain}/works", f"https://127.0.0.1:{tls}/works", folder / "ca.pem")


@dataclass(frozen=True)
class Load:
    """What wrk says of a while: probes, how many of them a second, and how long 99 of 100 took at most, in seconds."""

    probes: int
    rate: float
    p99: float


@dataclass(frozen=True)
class Blackbox:
    """blackbox_exporter, which probes when it is asked to."""

    process: Measured
    base: str

    def probe(self, module: str, target: str) -> str:
        """Return the URL that has it probe."""
        return f"{self.base}/probe?module={module}&target={quote(target, safe='')}"

    def check(self, module: str, target: str) -> None:
        """Leave off where its probe does not succeed."""
        if "\nprobe_success 1\n" not in get(self.probe(module, target)):
            sys.exit(f"blackbox_exporter cannot probe {target}")

    def load(
        self, module: str, target: str, seconds: float, *, core: int | None = None
    ) -> tuple[Load, float]:
        """Have it probe for a while, asked from `core`; return that, and the seconds of CPU that one probe took it."""
        before = self.process.cpu()
        load = wrk(self.probe(module, target), seconds, core=core)
        return load, (self.process.cpu() - before) / load.probes

    async def paced(self, module: str, target: str, rate: int, seconds: float) -> float:
        """Have it probe `rate` times a second; return the seconds of CPU that one probe took it."""
        loop, count = asyncio.get_running_loop(), max(1, int(rate * seconds))
        async with httpx.AsyncClient(trust_env=False) as client, asyncio.TaskGroup() as asking:
            before, begun = self.process.cpu(), loop.time()
            for number in range(count):
                await asyncio.sleep(max(0.0, begun + number / rate - loop.time()))
                asking.create_task(client.get(self.probe(module, target)))
            await asyncio.sleep(0.1)  # until the last ones are answered
            return (self.process.cpu() - before) / count


@contextlib.contextmanager
def blackbox(ca: Path, *, core: int | None = None) -> Iterator[Blackbox]:
    """Run blackbox_exporter."""
    with tempfile.NamedTemporaryFile("w", suffix=".yml") as config:
        trusting = f"      tls_config: {{ca_file: {ca}}}\n"
        config.write(f"modules:\n  plain:{_PROBING}  tls:{_PROBING}{trusting}{_DELAYED}")
        config.flush()
        address = f"127.0.0.1:{free_port()}"
        command = ["prometheus-blackbox-exporter", f"--config.file={config.name}"]
        with running([*command, f"--web.listen-address={address}"], core=core) as process:
            wait_until(lambda: answers(f"http://{address}/"))
            yield Blackbox(process, f"http://{address}")


def wrk(url: str, seconds: float, *, core: int | None = None) -> Load:
    """Ask for `url` over eight connections, as fast as it is answered."""
    command = ["wrk", "--latency", "-t1", f"-c{CONNECTIONS}", f"-d{max(1, round(seconds))}s", url]
    said = subprocess.run([*pinned(core), *command], check=True, capture_output=True, text=True).stdout
    count, took = re.search(r"(\d+) requests in ([\d.]+)s", said), re.search(r"99%\s+([\d.]+)(us|ms|s)", said)
    if not count or not took or "Non-2xx" in said:
        sys.exit(f"wrk had no answers:\n{said}")
    probes = int(count[1])
    unit = {"us": 1e-6, "ms": 1e-3, "s": 1.0}[took[2]]
    return Load(probes, probes / float(count[2]), float(took[1]) * unit)
