"""`checker serve` under TLS and passwords, and those who really ask: Prometheus, openssl, httpx, its health check."""

import re
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import bcrypt
import httpx
import pytest
import trustme

from tests.e2e.processes import CHECKER, Prometheus, free_port, running, until

pytestmark = [pytest.mark.needs("prometheus", "openssl"), pytest.mark.timeout(120)]

PASSWORD = "sesame: öffne dich"
CHECKS = """\
version: 1
probes:
  often: {interval: 1s, timeout: 500ms, http: {url: "http://127.0.0.1:9/"}}
"""
PROMETHEUS = """\
global: {{scrape_interval: 1s}}
scrape_configs:
  - job_name: checker
    scheme: https
    tls_config: {{ca_file: {ca}, server_name: checker.example}}
    basic_auth: {{username: prometheus, password_file: {password}}}
    static_configs: [{{targets: ["{address}"]}}]
  - job_name: stranger
    scheme: https
    tls_config: {{ca_file: {ca}, server_name: checker.example}}
    static_configs: [{{targets: ["{address}"]}}]
"""


REFUSED = r"Cipher is \(NONE\)"


class Secured:
    """A checker under TLS, for which a client needs a password. `ca` is the file of the authority."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.address = f"127.0.0.1:{free_port()}"
        self.url = f"https://{self.address}"
        self.ca = folder / "ca.pem"
        self.log = folder / "log"
        self.authority = trustme.CA()
        self.authority.cert_pem.write_to_path(str(self.ca))
        self.renew()
        self.writes(PASSWORD)
        (folder / "checks.yaml").write_text(CHECKS)

    def renew(self) -> None:
        made = self.authority.issue_cert("127.0.0.1", "checker.example")
        made.private_key_and_cert_chain_pem.write_to_path(str(self.folder / "server.pem"))

    def writes(self, password: str) -> None:
        hashed = bcrypt.hashpw(password.encode(), bcrypt.gensalt(10)).decode()
        (self.folder / "web.yml").write_text(
            "tls_server_config: {cert_file: server.pem, key_file: server.pem}\n"
            f"basic_auth_users: {{prometheus: '{hashed}'}}\n"
            "auth_excluded_paths: [/-/healthy]\n"
        )

    def get(self, path: str, password: str | None = None) -> httpx.Response:
        auth = httpx.BasicAuth("prometheus", password) if password else None
        context = ssl.create_default_context(cafile=str(self.ca))
        return httpx.get(self.url + path, auth=auth, verify=context, timeout=10.0)

    def shown(self, *options: str) -> str:
        """Return what openssl is told when it connects."""
        command = [
            "openssl",
            "s_client",
            "-connect",
            self.address,
            "-CAfile",
            str(self.ca),
            "-showcerts",
            *options,
        ]
        done = subprocess.run(command, input="", capture_output=True, text=True, timeout=20, check=False)
        return done.stdout + done.stderr


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    folder = tmp_path_factory.mktemp("secured")
    checker = Secured(folder)
    command = (CHECKER, "serve", folder / "checks.yaml", "--listen", checker.address)
    with running((*command, "--web-config", folder / "web.yml"), checker.log):
        until(lambda: checker.get("/-/healthy").is_success)
        yield checker


def test_a_prometheus_with_the_password_scrapes_and_one_without_does_not(
    secured: Secured, tmp_path: Path
) -> None:
    password = tmp_path / "password"
    password.write_text(PASSWORD)
    config = PROMETHEUS.format(ca=secured.ca, password=password, address=secured.address)
    with Prometheus.serving(config, tmp_path / "prometheus") as prometheus:
        until(lambda: prometheus.by("job", "up") == {"checker": 1.0, "stranger": 0.0})
        until(lambda: prometheus.by("probe", 'checker_probe_success{job="checker"} == 0') == {"often": 0.0})
        targets = {one["labels"]["job"]: one for one in prometheus.get("targets")["activeTargets"]}
        assert "401" in targets["stranger"]["lastError"]


@pytest.mark.parametrize(
    "path", ["/", "/metrics", "/api/v1/probes", "/events", "/probe?probe=often", "/sd", "/-/ready"]
)
@pytest.mark.parametrize("password", [None, "sesame"])
def test_nothing_is_told_without_the_password(secured: Secured, path: str, password: str | None) -> None:
    answer = secured.get(path, password)
    assert (401, "a name and a password are needed\n") == (answer.status_code, answer.text)


@pytest.mark.parametrize("path", ["/", "/metrics", "/api/v1/probes", "/-/ready"])
def test_who_has_it_is_answered(secured: Secured, path: str) -> None:
    assert until(lambda: secured.get(path, PASSWORD).status_code == 200)


def test_nothing_is_told_over_plain_http(secured: Secured) -> None:
    with pytest.raises(httpx.TransportError):
        httpx.get(f"http://{secured.address}/-/healthy")


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("-tls1_3",), r"New, TLSv1\.3"),
        (("-tls1_2",), r"New, TLSv1\.2, Cipher is ECDHE-"),
        (("-alpn", "h2,http/1.1"), r"ALPN protocol: http/1\.1"),
        (("-tls1_1", "-cipher", "ALL:@SECLEVEL=0"), REFUSED),
        (("-tls1_2", "-cipher", "AES128-SHA"), REFUSED),
    ],
    ids=lambda value: "".join(value) if isinstance(value, tuple) else "",
)
def test_openssl_agrees(secured: Secured, options: tuple[str, ...], told: str) -> None:
    shown = secured.shown(*options)
    assert re.search(told, shown), shown
    assert ("BEGIN CERTIFICATE" in shown) == (told != REFUSED)
    assert "Verify return code: 0 (ok)" in shown


def test_its_own_health_check_finds_it(secured: Secured) -> None:
    for asked in ((), (f"--url=https://{secured.address}/-/healthy",)):
        done = subprocess.run(
            [CHECKER, "healthcheck", *asked],
            env={"CHECKER_LISTEN": secured.address},
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        )
        assert (0, "the checker is alive\n") == (done.returncode, done.stdout), done.stderr


def test_certificates_and_passwords_change_without_a_restart(secured: Secured) -> None:
    """The last test of this checker: it has another password then."""

    def certificate() -> str:
        found = re.search(r"-----BEGIN CERTIFICATE-----.*?-----END", secured.shown(), re.DOTALL)
        return found[0] if found else ""

    before = certificate()
    assert before
    secured.renew()
    assert until(lambda: certificate() not in ("", before))
    secured.writes("another")
    assert until(lambda: secured.get("/metrics", "another").status_code == 200)
    assert 401 == secured.get("/metrics", PASSWORD).status_code
    assert "web_config" in secured.log.read_text()
    assert PASSWORD not in secured.log.read_text()


def test_an_unusable_file_ends_the_start(tmp_path: Path) -> None:
    (tmp_path / "checks.yaml").write_text("server: {web_config: web.yml}\n" + CHECKS)
    (tmp_path / "web.yml").write_text("basic_auth_users: {ann: my-own-password}\n")
    done = subprocess.run(
        [CHECKER, "serve", tmp_path / "checks.yaml", "--listen", "127.0.0.1:0"],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert 2 == done.returncode
    assert "web.yml:1:25: expected a bcrypt hash" in done.stderr
    assert "my-own-password" not in done.stdout + done.stderr


def test_with_stay_up_nobody_gets_in_until_the_file_is_better(tmp_path: Path) -> None:
    checker = Secured(tmp_path)
    checker.url = checker.url.replace("https", "http")
    web = tmp_path / "web.yml"
    web.write_text("basic_auth_users: {prometheus: my-own-password}\n")
    command = (CHECKER, "serve", tmp_path / "checks.yaml", "--listen", checker.address, "--stay-up")
    environment = {"CHECKER_WEB_CONFIG": str(web)}
    with running(command, checker.log, environment):
        until(lambda: checker.get("/-/healthy").is_success)
        assert [503, 503] == [checker.get(path, "my-own-password").status_code for path in ("/", "/metrics")]
        assert '"nobody_gets_in": true' in checker.log.read_text()
        checker.writes(PASSWORD)
        checker.url = checker.url.replace("http", "https")
        assert until(lambda: checker.get("/metrics", PASSWORD).status_code == 200)
    assert "my-own-password" not in checker.log.read_text()
