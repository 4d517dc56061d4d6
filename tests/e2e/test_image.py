"""The container image, built and run as it will be: without rights, and on a root file system that is read-only."""

import asyncio
import os
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from checker import __version__
from checker.lab.estate import Estate
from tests.e2e.containers import REPOSITORY, Buildah, Container, base_system, build_context, descendants, run

pytestmark = [
    pytest.mark.image,
    pytest.mark.needs("buildah", "debootstrap", root=True),
    pytest.mark.timeout(900),
]

BASE = "localhost/base"
IMAGE = "localhost/checker"


@pytest.fixture(scope="module")
def buildah() -> Iterator[Buildah]:
    archive = base_system()
    with tempfile.TemporaryDirectory() as storage, build_context() as context:
        builder = Buildah(Path(storage))
        builder.import_base(archive, BASE)
        builder.build(context, BASE, IMAGE)
        yield builder


@pytest.fixture(scope="module")
def container(buildah: Buildah) -> Iterator[Container]:
    name = buildah("from", IMAGE)
    yield Container(buildah, name)
    buildah("rm", name)


@pytest.fixture
def mounted_checks(tmp_path: Path) -> str:
    """A volume with the repository's checks.yaml, where the image looks for it."""
    directory = tmp_path / "etc"
    directory.mkdir(mode=0o755)
    (directory / "checks.yaml").write_bytes((REPOSITORY / "checks.yaml").read_bytes())
    return f"{directory}:/etc/checker:ro"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def values(metrics: str, name: str) -> dict[str, float]:
    """Return the samples of a metric by probe."""
    families = text_string_to_metric_families(metrics)
    return {
        sample.labels["probe"]: sample.value
        for family in families
        for sample in family.samples
        if sample.name == name
    }


async def becomes_ready(client: httpx.AsyncClient, process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until the first runs are done; what the process said is shown should it not come to that."""
    for _ in range(480):
        if process.poll() is not None:
            break
        try:
            if (await client.get("/-/ready")).is_success:
                return
        except httpx.TransportError:
            pass
        await asyncio.sleep(0.25)
    pytest.fail(f"not ready:\n{told(log)}")


def told(log: Path) -> str:
    return log.read_text(errors="replace")


def process_of(command: Sequence[str], parent: int) -> int:
    """Return the process below `parent` that runs `command`, with whichever interpreter."""
    return next(
        pid
        for pid in descendants(parent)
        if Path(f"/proc/{pid}/cmdline").read_text().rstrip("\0").endswith("/" + "\0".join(command))
    )


def status_of(pid: int) -> dict[str, str]:
    """Return what the kernel tells of a process."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


def test_its_configuration_is_what_a_platform_is_told(buildah: Buildah) -> None:
    config = buildah.config(IMAGE)
    assert "65532:65532" == config["User"]
    assert ["checker"] == config["Entrypoint"]
    assert ["serve"] == config["Cmd"]
    assert ["CMD", "checker", "healthcheck"] == config["Healthcheck"]["Test"]
    assert {"10460/tcp": {}} == config["ExposedPorts"]
    assert "CHECKER_LISTEN=0.0.0.0:10460" in config["Env"]


def test_it_runs_without_rights(container: Container) -> None:
    assert "65532 65532" == container.run("sh", "-c", "echo $(id -u) $(id -g)")


def test_its_root_can_be_made_read_only(buildah: Buildah, container: Container) -> None:
    command = container.read_only("touch", "/tmp/file", user="65532:65532")
    with pytest.raises(RuntimeError, match="Read-only file system"):
        run(*command, env=buildah.environment)


def test_it_holds_the_product_with_the_aws_extra(container: Container) -> None:
    script = "import botocore, checker; print(checker.__version__)"
    assert __version__ == container.run("python", "-c", script)


@pytest.mark.parametrize("module", ["pip", "hatchling", "pytest", "moto"])
def test_it_holds_no_tools(container: Container, module: str) -> None:
    script = f"import importlib.util; print(importlib.util.find_spec({module!r}))"
    assert "None" == container.run("python", "-c", script)


def test_it_needs_no_shell_to_start(container: Container) -> None:
    """Its commands are lists of words, and the entry point is a script for the interpreter itself."""
    script = "import shutil; print(open(shutil.which('checker')).readline())"
    assert "#!/opt/checker/bin/python" == container.run("python", "-c", script).strip()


def test_nothing_in_it_gives_rights_to_its_user(container: Container) -> None:
    """No file of the product is its user's to write, and none of it runs as somebody else."""
    assert "" == container.run(
        "find",
        "/opt/checker",
        "/etc/checker",
        "(",
        "-writable",
        "-o",
        "-perm",
        "/6000",
        ")",
        "!",
        "-type",
        "l",
    )


def test_its_entry_point_answers(container: Container) -> None:
    assert f"checker {__version__}" == container.run("checker", "--version")


def test_it_is_unhealthy_while_nothing_serves(container: Container) -> None:
    with pytest.raises(RuntimeError, match="ended with 1"):
        container.run("checker", "healthcheck", settings=("--env", f"CHECKER_LISTEN=127.0.0.1:{free_port()}"))


async def test_it_serves_the_demo_s_checks_and_ends_when_told(
    buildah: Buildah, container: Container, mounted_checks: str, tmp_path: Path
) -> None:
    config = buildah.config(IMAGE)
    command = (*config["Entrypoint"], *config["Cmd"])
    log = tmp_path / "log"
    async with Estate() as estate:
        listen = f"127.0.0.1:{free_port()}"
        environment = {**estate.environment, "CHECKER_LISTEN": listen}
        variables = [option for name, value in environment.items() for option in ("--env", f"{name}={value}")]
        settings = ("--volume", mounted_checks, *variables)
        serve = container.read_only(*command, user=config["User"], settings=settings)
        with container.running(serve, log) as process:
            async with httpx.AsyncClient(base_url=f"http://{listen}") as client:
                await becomes_ready(client, process, log)
                metrics = (await client.get("/metrics")).text
                status = status_of(process_of(command, process.pid))
            await asyncio.to_thread(container.run, *config["Healthcheck"]["Test"][1:], settings=variables)
            os.kill(process_of(command, process.pid), signal.SIGTERM)
            code = await asyncio.to_thread(process.wait, 30)
    assert ({"65532"}, {"65532"}) == (set(status["Uid"].split()), set(status["Gid"].split()))
    rights = {name: int(status[name], 16) for name in ("CapPrm", "CapEff", "CapBnd", "CapAmb")}
    assert dict.fromkeys(rights, 0) == rights
    probes = values(metrics, "checker_probe_info")
    assert {"works-search", "images-search", "bulk-upload", "reference-lookup"} <= set(probes)
    assert dict.fromkeys(probes, 1.0) == values(metrics, "checker_probe_success"), told(log)
    assert 0 == code, told(log)
