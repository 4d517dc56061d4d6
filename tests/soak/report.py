"""How a soak is set up, and what it has found: for the test, and for whoever reads its report."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from tests.soak.vitals import Census


@dataclass(frozen=True)
class Settings:
    """How long, how fast, and how much may grow. `interval` in milliseconds."""

    runs: int
    size: int  # probes
    interval: int
    seed: int = 1
    reloads: int = 20
    restarts: int = 3
    warm_up: int = 80  # runs of each probe: by then its history and its ten kept failures are full
    most_growth: float = 15.0  # bytes a run, and one step of the system's on the way
    most_seconds: float = 600.0  # after which it gives up


SHORT = Settings(runs=18_000, size=80, interval=400)
LONG = Settings(runs=1_000_000, size=1200, interval=2000, most_seconds=2 * 3600.0)


@dataclass
class Findings:
    """What was seen. `problems` is what the soak is for."""

    settings: Settings
    problems: list[str] = field(default_factory=list)
    seconds: float = 0.0
    runs: int = 0
    requests: int = 0
    unasked: int = 0  # runs whose time was over before they had asked
    timed_out: int = 0
    skipped: int = 0  # slots
    broken_off: int = 0  # runs of probes that a reload changed or took away
    reloads: int = 0
    restarts: int = 0
    growth: float = 0.0  # bytes a run, over the later half of what comes after the warm-up
    most_growth: float = 0.0
    endings: Counter[str] = field(default_factory=Counter)
    before: Census | None = None  # after the warm-up
    after: Census | None = None

    @property
    def report(self) -> Mapping[str, object]:
        """All of it, without the objects that nobody wants to see."""
        told = asdict(self)
        for name in ("before", "after"):
            told[name] = told[name] and {key: value for key, value in told[name].items() if key != "objects"}
        told["endings"] = dict(self.endings.most_common())
        return told


def text(findings: Findings) -> str:
    """Return it for people."""
    found = findings
    before, after = found.before, found.after
    rate = found.runs / found.seconds if found.seconds else 0.0
    lines = [
        (
            f"{found.runs} runs of {found.settings.size} probes in {found.seconds:.0f} s ({rate:.0f} a second);"
            f" {found.reloads} reloads, {found.restarts} restarts"
        ),
        (
            f"requests that the target saw: {found.requests}; {found.unasked} runs ended before they had asked,"
            f" {found.broken_off} were broken off by a reload that changed their probe"
        ),
        f"ended for want of time: {found.timed_out}; slots without a run: {found.skipped}",
        f"memory: {found.growth:.2f} bytes a run (at most {found.most_growth:.2f})",
    ]
    if before and after:
        lines += [
            (
                f"after {before.runs} and {after.runs} runs of the last start: {before.resident >> 10} and"
                f" {after.resident >> 10} KiB, {before.descriptors} and {after.descriptors} descriptors,"
                f" {sum(before.tasks.values())} and {sum(after.tasks.values())} tasks,"
                f" {before.timers} and {after.timers} timers, {before.blocks} and {after.blocks} blocks of Python's,"
                f" {before.used >> 10} and {after.used >> 10} KiB of the C library's"
            )
        ]
    lines += [f"{count:>9} {ending}" for ending, count in found.endings.most_common()]
    return "\n".join([*lines, *(f"PROBLEM: {problem}" for problem in found.problems or ())])
