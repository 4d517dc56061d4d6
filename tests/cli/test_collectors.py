"""What is left for Prometheus, read by those who keep it: the real node_exporter and the real Pushgateway."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from checker.cli.collectors import check_gateway, push
from checker.core.errors import ConfigurationError
from tests.cli.conftest import Invoke
from tests.e2e.processes import answering, free_port

PASSWORD = "open-sesame"
BCRYPT = "$2b$04$abcdefghijklmnopqrstuuXcjcm5avyCiJoD2uS24xa2lb6fjMB3G"


@contextmanager
def node_exporter(textfiles: Path, log: Path) -> Iterator[str]:
    address = f"127.0.0.1:{free_port()}"
    command = (
        "prometheus-node-exporter",  # as Debian calls it
        "--collector.disable-defaults",
        "--collector.textfile",
        f"--collector.textfile.directory={textfiles}",
        f"--web.listen-address={address}",
    )
    with answering(command, log, f"http://{address}/metrics"):
        yield f"http://{address}"


@contextmanager
def pushgateway(directory: Path, *options: str, login: str = "") -> Iterator[str]:
    """Yield the address of a Pushgateway; `login` is `USER:PASSWORD@` where it asks for one."""
    address = f"127.0.0.1:{free_port()}"
    command = (
        "prometheus-pushgateway",
        f"--web.listen-address={address}",
        f"--persistence.file={directory / 'pushed'}",  # Debian's default is one file for all
        *options,
    )
    with answering(command, directory / "pushgateway.log", f"http://{login}{address}/-/ready"):
        yield address


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[str]:
    with pushgateway(tmp_path) as address:
        yield f"http://{address}"


def samples(url: str, name: str, *labels: str) -> dict[tuple[str, ...], float]:
    """Return the values of a metric by the values of some of its labels."""
    text = httpx.get(f"{url}/metrics").text
    found = (sample for family in text_string_to_metric_families(text) for sample in family.samples)
    return {
        tuple(sample.labels[label] for label in labels): sample.value
        for sample in found
        if sample.name == name
    }


@pytest.mark.needs("prometheus-node-exporter")
def test_node_exporter_shows_what_a_run_left(invoke: Invoke, checks: Path, tmp_path: Path) -> None:
    textfiles = tmp_path / "textfiles"
    textfiles.mkdir()
    with node_exporter(textfiles, tmp_path / "log") as url:
        assert (
            1 == invoke("run", "good", "broken", "-c", checks, "--textfile", textfiles / "c.prom").exit_code
        )
        assert {("good",): 1.0, ("broken",): 0.0} == samples(url, "checker_probe_success", "probe")
        assert {("broken",): 1.0} == samples(url, "checker_probe_masked", "probe")
        assert {("hits",): 3.0} == samples(url, "checker_probe_value", "capture")
        assert {(): 0.0} == samples(url, "node_textfile_scrape_error")
        assert 0 == invoke("run", "good", "-c", checks, "--textfile", textfiles / "c.prom").exit_code
        assert {("good",): 1.0} == samples(url, "checker_probe_success", "probe")
    assert ["c.prom"] == [file.name for file in textfiles.iterdir()]


@pytest.mark.needs("prometheus-pushgateway")
def test_a_pushgateway_keeps_what_was_pushed_last(invoke: Invoke, checks: Path, gateway: str) -> None:
    assert 1 == invoke("run", "good", "broken", "-c", checks, "--push", gateway).exit_code
    labels = ("job", "probe")
    assert {("checker", "good"): 1.0, ("checker", "broken"): 0.0} == samples(
        gateway, "checker_probe_success", *labels
    )
    assert 0 == invoke("run", "good", "-c", checks, "--push", f"{gateway}/").exit_code
    assert {("checker", "good"): 1.0} == samples(gateway, "checker_probe_success", *labels)


@pytest.mark.needs("prometheus-pushgateway")
def test_groups_do_not_replace_each_other(invoke: Invoke, checks: Path, gateway: str) -> None:
    for job in ("deploy", "nightly"):
        group = f"{gateway}/metrics/job/{job}/branch/main"
        assert 0 == invoke("run", "good", "-c", checks, env={"CHECKER_PUSH": group}).exit_code
    found = samples(gateway, "checker_probe_success", "job", "branch")
    assert {("deploy", "main"): 1.0, ("nightly", "main"): 1.0} == found


@pytest.mark.needs("prometheus-pushgateway")
def test_what_the_gateway_refuses_is_said_in_its_words(invoke: Invoke, checks: Path, gateway: str) -> None:
    """A group that has the label `probe` makes two probes one."""
    group = f"{gateway}/metrics/job/a/probe/b"
    done = invoke("run", "good", "slow", "-c", checks, "--push", group)
    assert 2 == done.exit_code
    assert f"cannot push to {group}: it answers 400, pushed metrics are invalid" in done.stderr


@pytest.mark.needs("prometheus-pushgateway")
def test_a_password_is_sent_and_never_shown(invoke: Invoke, checks: Path, tmp_path: Path) -> None:
    config = tmp_path / "web.yml"
    config.write_text(f"basic_auth_users: {{ci: {BCRYPT}}}\n")
    with pushgateway(tmp_path, f"--web.config.file={config}", login=f"ci:{PASSWORD}@") as address:
        good, bad = (f"http://ci:{word}@{address}" for word in (PASSWORD, "wrong-sesame"))
        assert 0 == invoke("run", "good", "-c", checks, env={"CHECKER_PUSH": good}).exit_code
        done = invoke("run", "good", "-c", checks, env={"CHECKER_PUSH": bad})
    assert 2 == done.exit_code
    assert f"cannot push to http://{address}/metrics/job/checker: it answers 401" in done.stderr
    assert "sesame" not in done.output


def test_a_gateway_that_is_not_there() -> None:
    url = f"http://ci:{PASSWORD}@127.0.0.1:{free_port()}"
    with pytest.raises(
        ConfigurationError, match=r"cannot push to http://127\.0\.0\.1:\d+/metrics/.*: "
    ) as told:
        push(url, "")
    assert PASSWORD not in str(told.value)


def test_a_redirect_is_not_followed(server: ThreadingHTTPServer, url: str) -> None:
    """Nor is any other answer but a success taken for one, nor shown at length."""
    with pytest.raises(ConfigurationError, match="it answers 500, ") as told:
        push(f"{url}/broken", "text")
    assert [("/broken/metrics/job/checker", "text")] == server.pushed  # type: ignore[attr-defined]
    assert 600 > len(str(told.value))


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("gateway:9091", "gateway:9091"),
        ("ftp://gateway", "ftp://gateway"),
        ("http://", "http://"),
        ("http://gateway:port", "http://gateway:port"),
        ("http://gateway/?a=b", "http://gateway/?a=b"),
        (f"https://ci:{PASSWORD}/@gateway/#a", "https://gateway/#a"),
        (f"ci:{PASSWORD}@gateway", "gateway"),
    ],
)
def test_what_is_no_gateway_is_told_before_anything_runs(url: str, shown: str) -> None:
    with pytest.raises(ConfigurationError, match="--push wants the URL") as told:
        check_gateway(url)
    assert str(told.value).endswith(f"not {shown!r}")


def test_only_what_one_run_tells_is_left(invoke: Invoke, checks: Path, tmp_path: Path) -> None:
    """A counter would begin anew with each run, and an interval is one that nobody keeps."""
    invoke("run", "good", "broken", "-c", checks, "--textfile", tmp_path / "c.prom")
    families = {
        family.name: family.type
        for family in text_string_to_metric_families((tmp_path / "c.prom").read_text())
    }
    assert {"gauge"} == set(families.values())
    assert {"checker_probe_state", "checker_probe_failure", "checker_probe_info"} <= families.keys()
    assert "checker_probe_interval_seconds" not in families


def test_why_a_push_failed_is_said_in_words() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        gateway = f"127.0.0.1:{listener.getsockname()[1]}"

        def answer() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(b"220 mail.example ESMTP\r\n\r\n")

        thread = threading.Thread(target=answer)
        thread.start()
        with pytest.raises(ConfigurationError) as caught:
            push(f"http://{gateway}", "")
        thread.join(20)
    assert f"cannot push to http://{gateway}/metrics/job/checker: what answers does not speak HTTP" == str(
        caught.value
    )
    with pytest.raises(ConfigurationError, match=f"{gateway}/metrics/job/checker: Connection refused$"):
        push(f"http://{gateway}", "")
