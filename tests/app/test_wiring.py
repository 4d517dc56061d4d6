import json
from pathlib import Path
from typing import Any

import pytest

from checker.app.secrets import secret_sources
from checker.app.wiring import Lasting, wire
from checker.config.load import load
from checker.core.clock import Clock
from checker.net.aws.calls import Aws
from checker.secrets.store import SecretStore

TASKS = {"cluster": "shop", "service": "api", "port": 8080}
URL = "http://127.0.0.1/"
SECRET = {"key": {"aws_secret": "api-key", "hosts": ["127.0.0.1"]}}


class Loading(Aws):
    """Tells whether what asking takes was imported."""

    loaded = False

    def load(self) -> None:
        self.loaded = True


@pytest.mark.parametrize(
    ("probe", "more", "loaded"),
    [
        ({"http": {"url": URL}}, {}, False),
        ({"aws_identity": {}}, {}, True),
        ({"http": {"url": URL, "each_address": {"ecs_service": TASKS}}}, {}, True),
        ({"alarms": {"alertmanager": URL}}, {}, False),
        ({"http": {"url": URL, "auth": {"bearer": "${secret.key}"}}}, {"secrets": SECRET}, True),
    ],
)
def test_what_takes_long_to_import_is_imported_before_the_first_run_where_a_probe_needs_it(
    probe: dict[str, Any], more: dict[str, Any], loaded: bool, tmp_path: Path
) -> None:
    path = tmp_path / "checks.json"
    path.write_text(json.dumps({"version": 1, "probes": {"one": probe}} | more))
    config, secrets, aws = load(str(path), {}), SecretStore({}, Clock()), Loading()
    secrets.replace(secret_sources(config, {}, aws))
    wire(config, secrets, role="sentinel", clock=Clock(), lasting=Lasting(aws=aws))
    assert loaded == aws.loaded


def test_a_sidecar_imports_nothing_for_the_probes_that_it_leaves_out(tmp_path: Path) -> None:
    path = tmp_path / "checks.json"
    path.write_text(json.dumps({"version": 1, "probes": {"one": {"aws_identity": {}}}}))
    aws = Loading()
    wire(
        load(str(path), {}),
        SecretStore({}, Clock()),
        role="sidecar",
        clock=Clock(),
        lasting=Lasting(aws=aws),
    )
    assert not aws.loaded
