"""Writes what was measured into docs/performance.md, between the marks that are there for it."""

import os
import platform
import re
import ssl
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from benchmarks.goals.bare import Bare
from benchmarks.goals.figures import Row
from benchmarks.goals.guard import Count
from benchmarks.goals.profile import Shares

PAGE = Path(__file__).parents[2] / "docs" / "performance.md"


def write(
    rows: Iterable[Row],
    counts: Iterable[Count],
    parts: Mapping[str, Shares],
    alone: Mapping[str, Bare],
    pairs: int,
) -> None:
    """Put the figures in the place of the old ones."""
    text = PAGE.read_text()
    for name, part in (
        ("machine", _machine(pairs)),
        ("goals", _goals(rows)),
        ("profile", _profile(parts)),
        ("bare", _bare(alone)),
        ("guard", _guard(counts)),
    ):
        begin, end = f"<!-- begin {name} -->\n", f"<!-- end {name} -->"
        before, _, rest = text.partition(begin)
        _, _, after = rest.partition(end)
        text = f"{before}{begin}\n{part}\n{end}{after}"
    PAGE.write_text(text)


def _machine(pairs: int) -> str:
    model = re.search(r"^model name\s*: (.*)", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    cores = f"{os.cpu_count()} cores ({model[1] if model else platform.machine()})"
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / (1 << 30)
    return (
        f"Measured on {datetime.now(UTC):%d %B %Y}: {cores}, "
        f"{memory:.0f} GiB, Linux {platform.release().partition('-')[0]}, CPython {platform.python_version()}, "
        f"{ssl.OPENSSL_VERSION.rpartition(' ')[0].rsplit(' ', 2)[0]}, uvloop {version('uvloop')}; "
        f"blackbox_exporter 0.23 and nginx 1.22 of Debian 12; {pairs} pairs.\n"
    )


def _goals(rows: Iterable[Row]) -> str:
    lines = ["| what | goal | measured | made of | |", "|---|---|---|---|---|"]
    lines += [
        f"| {row.what} | {row.goal} | {row.seen} | {row.beside} | {'met' if row.met else '**missed**'} |"
        for row in rows
    ]
    return "\n".join(lines) + "\n"


def _profile(parts: Mapping[str, Shares]) -> str:
    names = dict.fromkeys(name for shares in parts.values() for name in shares)
    lines = [f"| of the CPU of a run | {' | '.join(parts)} |", f"|---|{'---|' * len(parts)}"]
    lines += [
        f"| {name} | {' | '.join(f'{shares.get(name, 0):.0%}' for shares in parts.values())} |"
        for name in names
    ]
    return "\n".join(lines) + "\n"


def _bare(alone: Mapping[str, Bare]) -> str:
    lines = ["| the connection alone, beside a whole probe of blackbox_exporter's | |", "|---|---|"]
    lines += [f"| {scheme} | {one.told} |" for scheme, one in alone.items()]
    return "\n".join(lines) + "\n"


def _guard(counts: Iterable[Count]) -> str:
    lines = ["| of one run | kept | now | |", "|---|---|---|---|"]
    lines += [
        f"| {one.what} | {'' if one.kept is None else f'{one.kept:,.0f}'} | {one.now:,.0f} | {one.grown:+.1%} |"
        for one in counts
    ]
    return "\n".join(lines) + "\n"
