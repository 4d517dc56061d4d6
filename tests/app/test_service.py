import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from checker.app.listeners import listen, shown
from checker.app.service import Options, Service
from checker.core.errors import ConfigurationError
from checker.core.reason import Result
from checker.surfaces.web.app import called_app
from checker.surfaces.web.calls import callback_routes
from checker.surfaces.web.server import Server

# An hour apart and up to ten seconds after the start: none of these runs while a test looks.
TWO = """\
version: 1
secrets: {key: {env: KEY}}
probes:
  kept: {interval: 1h, http: {url: "http://127.0.0.1:9/kept"}}
  gone: {interval: 1h, http: {url: "http://127.0.0.1:9/gone"}}
"""
OTHER = TWO.replace("gone", "new")
BAD = "version: 1\nprobes: {kept: {htp: {}}}\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "checks.yaml"
    path.write_text(TWO)
    return path


@asynccontextmanager
async def serving(path: Path, **options: object) -> AsyncIterator[Service]:
    service = Service(Options(str(path), environment={"KEY": "s3cr3t-value"}, **options))  # type: ignore[arg-type]
    service.start()
    try:
        yield service
    finally:
        await service.stop()


def metric(service: Service, name: str) -> float:
    families = {sample.name: sample.value for family in service.own.collect() for sample in family.samples}
    return families[name]


async def test_starts_with_a_good_configuration(path: Path) -> None:
    async with serving(path) as service:
        assert ["kept", "gone"] == list(service.board.snapshot().probes)
        assert service.healthy() is None
        assert 1.0 == metric(service, "checker_config_last_reload_successful")


async def test_does_not_start_with_a_bad_one(path: Path) -> None:
    path.write_text(BAD)
    with pytest.raises(ConfigurationError, match="htp"):
        Service(Options(str(path))).start()


async def test_stays_up_without_a_good_one_if_told_to_and_takes_the_first(path: Path) -> None:
    path.write_text(BAD)
    async with serving(path, stay_up=True) as service:
        assert service.config is None
        assert "no configuration" in (service.ready() or "")
        assert "a better one is awaited" in service.sources().notices()[0]
        assert 0.0 == metric(service, "checker_config_last_reload_successful")
        assert [path] == list(service.watched())
        path.write_text(TWO)
        assert await service.reload() is None
        assert ["kept", "gone"] == list(service.board.snapshot().probes)
        assert () == service.sources().notices()


async def test_a_reload_keeps_what_is_unchanged_and_drops_what_is_gone(path: Path) -> None:
    async with serving(path) as service:
        before = service.board.snapshot().probes["kept"].since
        path.write_text(OTHER)
        assert await service.reload() is None
        after = service.board.snapshot().probes
        assert ["kept", "new"] == list(after)
        assert before == after["kept"].since


async def test_a_bad_reload_changes_nothing_and_says_why(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with serving(path) as service:
        path.write_text(BAD)
        with caplog.at_level(logging.ERROR, "checker"):
            refused = await service.reload()
        assert "htp" in (refused or "")
        assert ["reload_failed"] == [record.msg for record in caplog.records]
        assert ["kept", "gone"] == list(service.board.snapshot().probes)
        assert 0.0 == metric(service, "checker_config_last_reload_successful")
        assert "the one before stays in use" in service.sources().notices()[0]
        assert service.healthy() is None


@pytest.mark.parametrize("key", ["listen", "metrics_listen"])
async def test_another_address_to_listen_on_is_said_to_take_a_restart(
    path: Path, caplog: pytest.LogCaptureFixture, key: str
) -> None:
    async with serving(path) as service:
        assert ("127.0.0.1:10460", None) == service.bind()
        path.write_text(f"{OTHER}server: {{{key}: 127.0.0.1:1}}\n")
        with caplog.at_level(logging.WARNING, "checker"):
            assert await service.reload() is None
        assert ["restart_needed"] == [record.msg for record in caplog.records]
        [notice] = service.sources().notices()
        assert "until a restart" in notice
        path.write_text(OTHER)
        await service.reload()
        assert () == service.sources().notices()


async def test_the_address_of_the_command_line_stays_what_it_is(path: Path) -> None:
    async with serving(path, listen="127.0.0.1:2") as service:
        assert ("127.0.0.1:2", None) == service.bind()
        path.write_text(f"{OTHER}server: {{listen: 127.0.0.1:1}}\n")
        await service.reload()
        assert () == service.sources().notices()


async def test_says_how_many_probes_a_reload_changed(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with serving(path) as service:
        path.write_text(OTHER.replace("/kept", "/elsewhere"))
        with caplog.at_level(logging.INFO, "checker"):
            await service.reload()
    told = [record.checker_fields for record in caplog.records if record.msg == "reload"]  # type: ignore[attr-defined]
    assert [{"probes": 2, "added": 1, "removed": 1, "changed": 1}] == told


async def test_an_edit_of_what_is_told_about_a_probe_is_a_change_that_resets_nothing(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path.write_text("server: {schedule: false}\n" + TWO)
    async with serving(path) as service:
        await service.driving(None).run("kept", 2.0)
        before = service.board.snapshot().probes["kept"]
        about = (
            "labels: {team: a}, severity: page, owner: ours, runbook: 'http://a.example/', description: d, "
        )
        path.write_text("server: {schedule: false}\n" + TWO.replace("kept: {", "kept: {" + about))
        with caplog.at_level(logging.INFO, "checker"):
            await service.reload()
        after = service.board.snapshot().probes["kept"]
    assert (before.state, before.since, before.last) == (after.state, after.since, after.last)
    assert (1, {"team": "a"}, "ours") == (sum(after.runs.values()), after.probe.labels, after.probe.owner)
    told = [record.checker_fields for record in caplog.records if record.msg == "reload"]  # type: ignore[attr-defined]
    assert [1] == [fields["changed"] for fields in told]


async def test_a_changed_schema_is_noticed_and_changes_its_probe(path: Path) -> None:
    schema = path.parent / "kept.json"
    schema.write_text('{"type": "object"}')
    path.write_text(TWO.replace('/kept"}', '/kept"}, expect: {json: {$: {schema: kept.json}}}'))
    async with serving(path) as service:
        assert [path, schema] == list(service.watched())
        before = {name: view.probe.fingerprint for name, view in service.board.snapshot().probes.items()}
        schema.write_text('{"type": "array"}')
        assert await service.reload() is None
        after = {name: view.probe.fingerprint for name, view in service.board.snapshot().probes.items()}
        assert {"kept"} == {name for name in before if before[name] != after[name]}
        schema.write_text("{")
        assert await service.reload() is not None
        assert schema in service.watched()


async def test_reloads_one_after_the_other(path: Path) -> None:
    async with serving(path) as service:
        assert [None] * 5 == await asyncio.gather(*(service.reload() for _ in range(5)))


async def test_the_line_of_what_goes_down_names_a_likely_cause(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Nothing listens there: both fail, and the one is not to blame for the other."""
    path.write_text("server: {schedule: false}\n" + TWO.replace("gone: {", "gone: {depends_on: [kept], "))
    async with serving(path) as service:
        with caplog.at_level(logging.INFO, "checker"):
            await service.driving(None).run("kept", 2.0)
            await service.driving(None).run("gone", 2.0)
    told = [record.checker_fields for record in caplog.records if record.msg == "state"]  # type: ignore[attr-defined]
    assert [("kept", None), ("gone", "It depends on kept")] == [
        (fields["probe"], (fields.get("likely_cause") or "")[:18] or None) for fields in told
    ]


@pytest.mark.parametrize(("server", "offered"), [("", False), ("server: {reload: true}\n", True)])
async def test_offers_reload_over_http_only_where_configured(path: Path, server: str, offered: bool) -> None:
    path.write_text(server + TWO)
    async with serving(path) as service:
        assert offered == (service.sources().reload is not None)


async def test_without_a_schedule_nothing_is_awaited(path: Path) -> None:
    path.write_text("server: {schedule: false}\n" + TWO)
    async with serving(path) as service:
        assert service.ready() is None
        assert service.healthy() is None


async def test_without_a_schedule_what_is_asked_for_runs_and_is_recorded(path: Path) -> None:
    path.write_text("server: {schedule: false}\n" + TWO)
    async with serving(path) as service:
        await service.driving(None).run("kept", 2.0)
        found = service.driving(None).snapshot().probes
        assert [1, 0] == [sum(found[name].runs.values()) for name in ("kept", "gone")]


@pytest.mark.parametrize(
    ("server", "listening", "address"),
    [
        ("", "127.0.0.1:1", "127.0.0.1:1"),
        ("", None, None),
        ('server: {advertise: "pool.example.org:80"}\n', "127.0.0.1:1", "pool.example.org:80"),
    ],
)
async def test_is_reached_at_the_address_that_it_advertises(
    path: Path, server: str, listening: str | None, address: str | None
) -> None:
    path.write_text(server + TWO)
    async with serving(path) as service:
        assert address == service.driving(listening).address()


async def test_a_sidecar_leaves_out_what_writes(path: Path) -> None:
    path.write_text(TWO.replace('/gone"}', '/gone", method: POST}'))
    async with serving(path, role="sidecar") as service:
        assert ["kept"] == list(service.board.snapshot().probes)


async def test_secrets_that_were_read_are_struck_out_of_what_is_logged(path: Path) -> None:
    async with serving(path) as service:
        service.secrets.read("key")
        assert "a *** here" == service.redact("a s3cr3t-value here")


async def test_watches_every_file_and_the_folders_of_the_included(path: Path) -> None:
    team = path.parent / "teams" / "a.yaml"
    team.parent.mkdir()
    team.write_text('probes: {more: {http: {url: "http://127.0.0.1:9/"}}}\n')
    path.write_text("include: [teams/*.yaml]\n" + TWO)
    async with serving(path) as service:
        assert {path, team, team.parent} == set(service.watched())


async def test_watches_the_include_that_spoils_a_new_configuration(path: Path) -> None:
    async with serving(path) as service:
        broken = path.parent / "broken.yaml"
        broken.write_text("probes: [\n")
        path.write_text("include: [broken.yaml]\n" + TWO)
        assert await service.reload() is not None
        assert {path, broken, path.parent} == set(service.watched())
        broken.write_text('probes: {more: {http: {url: "http://127.0.0.1:9/"}}}\n')
        assert await service.reload() is None


async def test_watches_for_a_file_that_is_not_there_yet(path: Path) -> None:
    path.unlink()
    async with serving(path, stay_up=True) as service:
        assert [path] == list(service.watched())


async def test_what_is_not_a_file_is_not_watched(path: Path) -> None:
    options = Options("env:CHECKS", stay_up=True, environment={"CHECKS": BAD})
    service = Service(options)
    service.start()
    assert () == tuple(service.watched())
    await service.stop()


async def test_says_that_it_is_stopping(path: Path) -> None:
    async with serving(path) as service:
        pass
    assert "the checker is stopping" == service.healthy()
    assert "the checker is stopping" == service.ready()


async def test_a_fault_in_reading_a_new_configuration_is_a_refusal(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serving(path) as service:
        monkeypatch.setattr("checker.app.service.load", lambda *_: 1 / 0)
        assert "ZeroDivisionError" in (await service.reload() or "")
        assert 0.0 == metric(service, "checker_config_last_reload_successful")
        monkeypatch.undo()
        assert await service.reload() is None


CALLED = """\
version: 1
server: {SERVER}
secrets: {key: {env: KEY}}
probes:
  called:
    interval: 1h
    steps:
      - http: {url: "${callback.url}", method: POST}
      - callback: {within: 5s}
  beating: {interval: 1h, heartbeat: {every: 1h, token: "${secret.key}"}}
"""


def base_url(service: Service) -> str | None:
    return service.lasting.callbacks.base_url


async def test_is_called_back_where_the_configuration_says_or_else_where_it_listens(path: Path) -> None:
    path.write_text(CALLED.replace("SERVER", ""))
    async with serving(path) as service:
        assert base_url(service) is None
        service.listens("http://127.0.0.1:1")
        assert "http://127.0.0.1:1" == base_url(service)
        path.write_text(CALLED.replace("SERVER", "external_url: 'https://h'"))
        assert await service.reload() is None
        assert "https://h" == base_url(service)
        service.listens("http://127.0.0.1:2")
        assert "https://h" == base_url(service)


async def test_knows_its_address_before_there_is_a_configuration(path: Path) -> None:
    path.write_text(BAD)
    async with serving(path, stay_up=True) as service:
        service.listens("http://127.0.0.1:1")
        path.write_text(CALLED.replace("SERVER", ""))
        assert await service.reload() is None
        assert "http://127.0.0.1:1" == base_url(service)


async def test_a_run_on_demand_is_called_back_and_late_ones_are_counted(path: Path) -> None:
    path.write_text(CALLED.replace("SERVER", ""))
    async with serving(path) as service:
        server = Server(called_app(callback_routes(service.lasting.callbacks)), listen("127.0.0.1:0"))
        await server.open()
        service.listens(shown(server.socket))
        outcome = await service.driving(None).run("called", None)
        await server.aclose()
        assert (Result.PASS, None) == (outcome.result, outcome.message)
        assert 0.0 == metric(service, "checker_callbacks_late_total")
        service.lasting.callbacks.late += 1
        assert 1.0 == metric(service, "checker_callbacks_late_total")


async def test_a_reload_forgets_no_heartbeat(path: Path) -> None:
    path.write_text(CALLED.replace("SERVER", ""))
    async with serving(path) as service:
        assert service.lasting.heartbeats.beat("beating/s3cr3t-value")
        path.write_text(CALLED.replace("SERVER", "").replace("every: 1h", "every: 2h"))
        assert await service.reload() is None
        assert Result.PASS is (await service.driving(None).run("beating", None)).result


async def test_a_sidecar_hears_no_heartbeat(path: Path) -> None:
    path.write_text(CALLED.replace("SERVER", "").replace("POST", "GET"))
    async with serving(path, role="sidecar") as service:
        assert ["called"] == list(service.board.snapshot().probes)
        assert not service.lasting.heartbeats.beat("beating/s3cr3t-value")
