"""blackbox_exporter's modules → a probe for each module and target."""

from collections.abc import Sequence
from typing import Any

from checker.importers.blackbox_dns import dns_probe
from checker.importers.blackbox_http import http_probe
from checker.importers.blackbox_parts import duration
from checker.importers.blackbox_targets import Target, named, scraped
from checker.importers.blackbox_tcp import tcp_probe
from checker.importers.notes import Draft, Names, Notes, Probe
from checker.importers.parts import Part
from checker.importers.places import told_by_line
from checker.importers.reading import document
from checker.importers.secrets import Secrets
from checker.importers.times import paced

_PROBERS = ("http", "tcp", "dns")
_OTHER_PROBERS = ("icmp", "grpc", "unix")


@told_by_line
def blackbox(text: str, name: str, secrets: Secrets, targets: Sequence[str] = ()) -> Draft:
    """Return the probes of a configuration.

    What to probe is named by `targets`, `MODULE=ADDRESS` each, or by `scrape_configs` in the same file.
    Raises Unusable.
    """
    root = Part(document(text, name), name)
    modules = dict(root.need("modules").entries())
    notes, names = Notes(), Names()
    wanted = [*named(targets, list(modules)), *scraped(root, notes)]
    probes = []
    for target in wanted:
        if target.module not in modules:
            notes.lost(f"{target.address}: there is no module {target.module} in this file")
            continue
        module = modules[target.module].anew()
        probe = _probe(module, target, secrets, names, notes)
        probes += [probe] if probe else []
    for module_name, module in modules.items():
        _without_probe(module.anew(), module_name, wanted, notes)
    root.ignore("modules")
    notes.lost_all(path for path in root.left() if not path.startswith("scrape_configs["))
    return Draft(tuple(probes), notes.all)


def _without_probe(module: Part, name: str, wanted: list[Target], notes: Notes) -> None:
    prober = module.need("prober").text()
    if prober not in _PROBERS:
        known = prober in _OTHER_PROBERS
        why = f"there is no kind {prober}" if known else f"{prober[:20]!r} is no prober of blackbox_exporter"
        notes.lost(f"the module {name}: {why}{_instead(prober)}")
    elif all(target.module != name for target in wanted):
        notes.lost(f"the module {name}: it has no target; name one with --target {name}=…")


def _instead(prober: str) -> str:
    return "; a port that should answer can be probed with tcp" if prober == "icmp" else ""


def _probe(module: Part, target: Target, secrets: Secrets, names: Names, general: Notes) -> Probe | None:
    prober = module.need("prober").text()
    if prober not in _PROBERS:
        general.lost(f"{target.address} with the module {target.module}")
        return None
    notes = Notes()
    settings = module.get(prober) or Part({}, module.name, f"{module.path}.{prober}", module.keys)
    made = _made(prober, settings, target.address, secrets, notes)
    notes.lost_all(f"{prober}.{path}" for path in settings.left())
    notes.lost_all(key for key in module.left() if key.partition(".")[0] not in (prober, "timeout"))
    if made is None:
        for note in notes.all:
            general.lost(f"{target.address} with the module {target.module}: {note.text}")
        return None
    timeout = duration(module, "timeout", notes)
    times = [each for each in (timeout, target.timeout) if each]
    body: dict[str, Any] = {**paced(target.interval, min(times) if times else None)}
    if target.labels:
        body["labels"] = target.labels
    return Probe(
        names.of(f"{target.module}-{target.address.partition('://')[2] or target.address}"),
        {**body, **made},
        notes.all,
    )


def _made(prober: str, settings: Part, target: str, secrets: Secrets, notes: Notes) -> dict[str, Any] | None:
    if prober == "http":
        return http_probe(settings, target, secrets, notes)
    if prober == "tcp":
        return tcp_probe(settings, target, secrets, notes)
    return dns_probe(settings, target, notes)
