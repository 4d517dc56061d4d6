"""The stack in deploy/: right by the Compose Specification and by the tools that read what it mounts, and confined.

Nothing here starts it: tests/e2e/test_alerting.py runs the same configurations with real servers.
"""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from checker.cli.verbs import app

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
COMPOSE = DEPLOY / "compose.yaml"
TOOLS = "tools"
SERVICES: dict[str, dict[str, Any]] = yaml.safe_load(COMPOSE.read_text())["services"]
LASTING = {name: service for name, service in SERVICES.items() if TOOLS not in service.get("profiles", ())}


def told(*command: str | Path) -> str:
    """Return what a command has to say against its input; nothing if it ends well."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    return "" if done.returncode == 0 else done.stdout + done.stderr


def mounts(service: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Yield source, target and mode of the files and folders of the repository that a service is given."""
    for volume in service.get("volumes", ()):
        if volume.startswith("."):
            source, target, mode = volume.split(":")
            yield source, target, mode


def test_it_is_right_by_the_specification() -> None:
    command = Path(sys.executable).with_name("check-jsonschema")
    assert "" == told(command, "--builtin-schema", "vendor.compose-spec", COMPOSE)


@pytest.mark.needs("promtool")
def test_prometheus_understands_its_configuration_and_the_rules() -> None:
    """It follows `rule_files`, and lints."""
    config = DEPLOY / "prometheus" / "prometheus.yml"
    assert "" == told("promtool", "check", "config", "--lint-fatal", config)


@pytest.mark.needs("amtool")
def test_alertmanager_understands_its_configuration() -> None:
    assert "" == told("amtool", "check-config", DEPLOY / "alertmanager" / "alertmanager.yml")


@pytest.mark.needs("amtool")
@pytest.mark.parametrize(
    ("labels", "receiver"),
    [
        (("alertname=CheckerProbeMasked", "severity=critical"), "pager"),
        (("alertname=CheckerAbsent", "severity=critical"), "pager"),
        (("alertname=CheckerProbeDown", "severity=warning"), "tickets"),
        (("alertname=CheckerProbeDown", "severity=info"), "tickets"),
        (("alertname=Watchdog", "severity=none"), "dead-mans-switch"),
    ],
)
def test_alerts_reach_whom_they_should(labels: tuple[str, ...], receiver: str) -> None:
    config = DEPLOY / "alertmanager" / "alertmanager.yml"
    test = ("amtool", "config", "routes", "test", f"--config.file={config}", f"--verify.receivers={receiver}")
    assert "" == told(*test, *labels)


def test_the_rules_are_those_that_the_checker_writes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """By the command that the page on alerting names for it."""
    page = (ROOT / "docs" / "alerting.md").read_text()
    (command,) = re.findall(r"^checker (rules .*--output deploy/prometheus/rules\.yml)", page, re.MULTILINE)
    monkeypatch.chdir(tmp_path)  # where no checks.yaml lies
    written = CliRunner().invoke(app, command.partition(" --output")[0].split()).stdout
    assert (DEPLOY / "prometheus" / "rules.yml").read_text() == written


def test_alerts_lead_to_a_dashboard_that_grafana_has() -> None:
    rules = (DEPLOY / "prometheus" / "rules.yml").read_text()
    (dashboard,) = set(re.findall(r"http://127\.0\.0\.1:3000/d/([\w-]+)", rules))
    boards = (ROOT / "grafana" / "dashboards").glob("*.json")
    assert dashboard in {yaml.safe_load(board.read_text())["uid"] for board in boards}


def test_the_page_on_alerting_shows_its_routes_and_inhibitions() -> None:
    """So what is tested end to end is what people copy."""
    page = (ROOT / "docs" / "alerting.md").read_text().partition("## Alertmanager")[2]
    fence = re.search(r"```yaml fragment\n(.*?)```", page, re.DOTALL)
    assert fence
    config = yaml.safe_load((DEPLOY / "alertmanager" / "alertmanager.yml").read_text())
    assert {key: config[key] for key in ("route", "inhibit_rules")} == yaml.safe_load(fence[1])


def test_whatever_is_mounted_is_there_and_cannot_be_written_to() -> None:
    given = [mount for service in SERVICES.values() for mount in mounts(service)]
    assert given
    assert [] == [source for source, _, _ in given if not (DEPLOY / source).is_dir()]
    assert {"ro"} == {mode for _, _, mode in given}


def test_grafana_finds_dashboards_where_they_are_mounted() -> None:
    provisioning = ROOT / "grafana" / "provisioning"
    found = [yaml.safe_load(file.read_text()) for file in (provisioning / "dashboards").glob("*.yaml")]
    paths = {provider["options"]["path"] for config in found for provider in config["providers"]}
    assert paths <= {target for _, target, _ in mounts(SERVICES["grafana"])}


def test_grafana_is_told_every_variable_that_its_data_sources_name() -> None:
    sources = (ROOT / "grafana" / "provisioning" / "datasources").glob("*.yaml")
    named = {
        name for file in sources for name in re.findall(r"^[^#]*\$\{(\w+)\}", file.read_text(), re.MULTILINE)
    }
    assert named <= SERVICES["grafana"]["environment"].keys()


def test_addresses_in_the_configurations_are_those_of_services() -> None:
    files = (DEPLOY / "prometheus" / "prometheus.yml", DEPLOY / "alertmanager" / "alertmanager.yml")
    texts = [*(file.read_text() for file in files), SERVICES["grafana"]["environment"]["PROMETHEUS_URL"]]
    hosts = {host for text in texts for host in re.findall(r"\b([a-z]+):\d{4,5}\b", text)}
    assert {"checker", "prometheus", "alertmanager", "webhooks"} == hosts
    assert hosts <= LASTING.keys()


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_is_confined(name: str) -> None:
    service = SERVICES[name]
    assert (True, ["ALL"], ["no-new-privileges:true"]) == tuple(
        service[key] for key in ("read_only", "cap_drop", "security_opt")
    )
    assert 0 != int(service["user"].partition(":")[0])
    assert not {"privileged", "cap_add", "pid", "ipc"} & service.keys()


@pytest.mark.parametrize("name", LASTING)
def test_a_service_says_whether_it_works(name: str) -> None:
    assert LASTING[name]["healthcheck"]["test"][0] == "CMD"


def test_images_are_pinned() -> None:
    """But for the one that is built from the repository."""
    images = {service["image"] for service in SERVICES.values() if "build" not in service}
    assert images
    assert [] == [image for image in images if not re.search(r":v?\d+\.\d+\.\d+$", image)]


def test_ports_are_reached_from_this_machine_alone() -> None:
    ports = [port for service in SERVICES.values() for port in service.get("ports", ())]
    assert 4 == len(ports)
    assert [] == [port for port in ports if not re.fullmatch(r"127\.0\.0\.1:(\d+):\1", port)]
