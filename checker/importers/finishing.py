"""A draft → the text of a checks.yaml that validates.

Whatever a probe is made of, it is held against the configuration's own loader. One that does not stand up to it is
written as a comment, with the reason: so the rest can be used, and nothing is lost.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from checker.config.load import load
from checker.config.problems import InvalidConfiguration
from checker.importers.cleaning import Cleaner
from checker.importers.notes import REFERENCE, Draft, Note, Noted, Probe, Unusable, shown
from checker.importers.secrets import Secrets
from checker.importers.writing import block, comments, scalar
from checker.secrets.redaction import Redactor

_VARIABLE = "IMPORTED"
_MOST_TOLD = 20
_SECRET = re.compile(r"secret\.(.+)")


@dataclass(frozen=True, slots=True)
class Imported:
    """What was written. `lost` has each thing that was not carried over, with the probe that it belonged to."""

    text: str
    probes: int
    variables: tuple[str, ...]  # of the environment, for somebody to set
    lost: tuple[str, ...]


def finished(draft: Draft, secrets: Secrets, heading: str) -> Imported:
    """Return the text of a draft; raises Unusable where no probe is left that validates."""
    redact = secrets.redactor()
    cleaner = Cleaner(secrets, redact)
    probes = cleaner.probes(draft.probes)
    general = cleaner.notes(draft.notes)
    faults = _faults(probes, secrets, redact)
    valid = [probe for probe in probes if probe.name not in faults]
    lost = tuple(_lost(general, probes, faults))
    if not valid:
        raise Unusable(_nothing(lost))
    lines = [
        *comments([Note(heading, lost=False), *general], 0),
        "version: 1",
        *_secrets_section(valid, secrets),
    ]
    lines.append("probes:")
    for probe in probes:
        fault = faults.get(probe.name)
        lines += _written(probe) if fault is None else _commented(probe, fault)
    text = "\n".join(lines) + "\n"
    _check(text)
    return Imported(text, len(valid), secrets.variables(_names(valid)), lost)


def _nothing(lost: tuple[str, ...]) -> str:
    if not lost:
        return "there is nothing in it to import"
    more = [f"  … and {len(lost) - _MOST_TOLD} more"] if len(lost) > _MOST_TOLD else []
    return "\n".join(("nothing can be carried over:", *(f"  {each}" for each in lost[:_MOST_TOLD]), *more))


def _check(text: str) -> None:
    fault = _fault(text)
    if fault:
        raise Unusable(f"what was imported is no usable checks.yaml: {fault}; import it in parts")


def _fault(text: str) -> str:
    try:
        load(f"env:{_VARIABLE}", {_VARIABLE: text})
    except InvalidConfiguration as error:
        return "; ".join(dict.fromkeys(problem.message for problem in error.problems[:3]))
    except OSError as error:  # a file that is named in it, and that the system does not even look for
        return error.strerror or type(error).__name__
    return ""


def _faults(probes: list[Probe], secrets: Secrets, redact: Redactor) -> dict[str, str]:
    """Return why probes are not valid, by name. Each is looked at by itself only if all of them together are not."""
    if probes and not _fault(_alone(probes, secrets)):
        return {}
    faults = {probe.name: _fault(_alone([probe], secrets)) for probe in probes}
    return {name: shown(redact(fault)) for name, fault in faults.items() if fault}


def _alone(probes: list[Probe], secrets: Secrets) -> str:
    lines = ["version: 1", *_secrets_section(probes, secrets), "probes:"]
    for probe in probes:
        lines += _written(probe)
    return "\n".join(lines) + "\n"


def _secrets_section(probes: list[Probe], secrets: Secrets) -> Iterator[str]:
    section = secrets.section(_names(probes))
    if section:
        yield "secrets:"
        yield from block(section, 2)


def _names(probes: Iterable[Probe]) -> tuple[str, ...]:
    """Return the names of the secrets that probes refer to."""
    found = (
        match[1] for probe in probes for text in _texts(probe.body) for match in REFERENCE.finditer(text)
    )
    return tuple(dict.fromkeys(match[1] for name in found if (match := _SECRET.fullmatch(name))))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, Noted):
        yield from _texts(value.value)
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield key
            yield from _texts(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, str):
        yield value


def _written(probe: Probe) -> Iterator[str]:
    yield f"  {scalar(probe.name)}:"
    yield from comments(probe.notes, 4)
    yield from block(probe.body, 4)


def _commented(probe: Probe, fault: str) -> Iterator[str]:
    yield from comments([_invalid(probe, fault)], 2)
    yield from (f"  # {line[2:]}" for line in _written(probe))


def _invalid(probe: Probe, fault: str) -> Note:
    return Note(f"{probe.name}, as it is below: {fault}")


def _lost(general: Iterable[Note], probes: Iterable[Probe], faults: Mapping[str, str]) -> Iterator[str]:
    yield from (note.text for note in general if note.lost)
    for probe in probes:
        if probe.name in faults:
            yield f"{probe.name}: {faults[probe.name]}"
        for note in (*probe.notes, *_notes(probe.body)):
            if note.lost:
                yield f"{probe.name}: {note.text}"


def _notes(value: Any) -> Iterator[Note]:
    if isinstance(value, Noted):
        yield from value.notes
        yield from _notes(value.value)
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _notes(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _notes(item)
