"""What the modules of blackbox_exporter are to probe: named by hand, or in Prometheus' scrape_configs."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from checker.config.models import LABEL_NAME, RESERVED_LABELS
from checker.importers.blackbox_parts import duration
from checker.importers.notes import Notes, Unusable
from checker.importers.parts import Part

_USUAL = (  # what every configuration of blackbox_exporter relabels, by target label and source
    ("__param_target", ("__address__",)),
    ("instance", ("__param_target",)),
    ("__address__", ()),
)


@dataclass(frozen=True, slots=True)
class Target:
    """One thing to probe with one module; times in seconds."""

    module: str
    address: str
    labels: dict[str, str] = field(default_factory=dict)
    interval: float | None = None
    timeout: float | None = None


def named(options: Iterable[str], modules: list[str]) -> Iterator[Target]:
    """Yield the targets of `--target [MODULE=]ADDRESS`; raises Unusable."""
    for option in options:
        module, equals, address = option.partition("=")
        if equals and module in modules:
            yield Target(module, address)
        elif len(modules) == 1:
            yield Target(modules[0], option)
        else:
            named_one = equals and re.fullmatch(r"[\w-]+", module)
            why = f"there is no module {module}" if named_one else "say which module it is for, MODULE=TARGET"
            raise Unusable(f"--target: {why}; the modules are {', '.join(modules[:12])}")


def scraped(root: Part, notes: Notes) -> Iterator[Target]:
    """Yield the targets of the scrape_configs that go to /probe; the others are not carried over."""
    listed = root.get("scrape_configs")
    for job in listed.items() if listed is not None else ():
        name = job.text_at("job_name", "a job")
        if job.text_at("metrics_path") != "/probe":
            notes.lost(f"the scrape job {name}: it is not one of blackbox_exporter")
            job.whole()
            continue
        yield from _of_job(job, name, notes)
        job.ignore("scheme")
        notes.lost_all(job.left(), f" of the scrape job {name}")


def _of_job(job: Part, name: str, notes: Notes) -> Iterator[Target]:
    params = job.get("params")
    modules = params.texts_at("module") if params is not None else []
    interval, timeout = (duration(job, key, notes) for key in ("scrape_interval", "scrape_timeout"))
    _relabelled(job, name, notes)
    if not modules:
        notes.lost(f"the scrape job {name}: it names no module")
    static = job.get("static_configs")
    for group in static.items() if static is not None else ():
        labels = _labels(group.get("labels"), name, notes)
        for address in group.texts_at("targets"):
            yield from (Target(module, address, labels, interval, timeout) for module in modules[:1])


def _labels(part: Part | None, name: str, notes: Notes) -> dict[str, str]:
    labels = {}
    for key, value in part.entries() if part is not None else ():
        if re.fullmatch(LABEL_NAME, key) and key not in RESERVED_LABELS:
            labels[key] = value.text()
        else:
            value.whole()
            notes.lost(f"the label {key} of the scrape job {name}: the name is reserved")
    return labels


def _relabelled(job: Part, name: str, notes: Notes) -> None:
    rules = job.get("relabel_configs")
    for rule in rules.items() if rules is not None else ():
        target, sources = rule.text_at("target_label"), tuple(rule.texts_at("source_labels"))
        usual = (target, sources) in _USUAL and not set(rule.value) - {
            "target_label",
            "source_labels",
            "replacement",
        }
        if not usual or (sources and rule.get("replacement") is not None):
            notes.lost(f"a relabelling of the scrape job {name}, {target or 'without a target label'}")
        rule.whole()
