"""What `checker prove` shows in a terminal: what would still pass first, and what to write; then who noticed the rest.

Nothing that comes from a target is ever read as markup or as a terminal's escape sequence.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from checker.proving.proof import Catch, Fate, Proof, Tried
from checker.proving.remedies import block
from checker.surfaces.printable import line
from checker.surfaces.report.console import print_plainly


def print_proofs(console: Console, proofs: Sequence[Proof]) -> None:
    """Print a section for each probe, and one line that sums it all up."""
    for proof in proofs:
        for renderable, indent in _section(proof):
            print_plainly(console, Padding(renderable, (0, 0, 0, indent), expand=False))
        console.print()
    print_plainly(console, summary(proofs))


def summary(proofs: Sequence[Proof]) -> Text:
    """Return `2 proven, 1 would pass what it must not, 1 could not be proven`."""
    untried = sum(bool(proof.trouble) for proof in proofs)
    leaky = sum(bool(proof.holes) for proof in proofs)
    parts = (
        (len(proofs) - untried - leaky, "proven", "green"),
        (leaky, "would pass what must not pass", "bold red"),
        (untried, "could not be proven", "bold magenta"),
    )
    return Text(", ").join(Text(f"{count} {words}", style) for count, words, style in parts if count)


def _section(proof: Proof) -> Iterator[tuple[RenderableType, int]]:
    """Yield what is told of a probe, each with how far it is indented."""
    yield _headline(proof), 0
    if proof.trouble:
        yield Text(line(proof.trouble)), 2
    for step, holes in groupby(proof.holes, lambda one: one.step):
        yield from _step_with_holes(step, list(holes))
    for heading, rows in (
        ("caught by", list(_caught(proof.tried))),
        ("not told: a later step would ask for something else", list(_others(proof.tried, Fate.UNTOLD))),
        ("passes, and may be meant so", list(_others(proof.tried, Fate.PASSED, Fate.WARNED))),
    ):
        if rows:
            yield Text(heading, "dim"), 2
            yield _grid(rows), 4


def _headline(proof: Proof) -> Text:
    name, tried = line(proof.probe), len(proof.tried)
    if proof.trouble:
        return Text(f"? {name}  could not be proven", "bold magenta")
    if proof.holes:
        return Text(f"✗ {name}  {len(proof.holes)} of {tried} mutations would still pass", "bold red")
    return Text(f"✓ {name}", "green").append(f"  {proof.caught} of {tried} mutations caught", "default")


def _step_with_holes(step: str, holes: Sequence[Tried]) -> Iterator[tuple[RenderableType, int]]:
    yield Text(f"would still pass in step {line(step)}", "red"), 2
    yield _grid((str(one.place), one.mutation.what + _WITH.get(one.fate, "")) for one in holes), 4
    remedies = [one.remedy for one in holes if one.remedy]
    if len(remedies) < len(holes):
        yield Text(f"expect there something that only a right answer has{' too' if remedies else ''}"), 2
    if remedies:
        yield Text(f"this would catch {_how_many(remedies, holes)}"), 2
        yield Text("\n".join(map(line, block(remedies))), "cyan"), 4


_WITH = {Fate.WARNED: ", though with a warning"}


def _how_many(remedies: Sequence[object], holes: Sequence[object]) -> str:
    if len(remedies) < len(holes):
        return f"{len(remedies)} of them"
    return "them" if len(holes) > 1 else "it"


def _grid(rows: Iterable[Sequence[str]]) -> Table:
    grid = Table(box=None, pad_edge=False, show_header=False, padding=(0, 2, 0, 0))
    filled = [
        column for column in zip(*rows, strict=True) if any(column)
    ]  # others would take their share of the width
    for row in zip(*filled, strict=True):
        grid.add_row(*(Text(line(text), overflow="fold") for text in row))
    return grid


def _caught(tried: Iterable[Tried]) -> Iterator[tuple[str, str, str]]:
    """Yield who noticed, and what, in a word or two each."""
    found: dict[tuple[str, str], dict[str, list[str]]] = {}
    for one in tried:
        if one.fate is Fate.CAUGHT and one.catch:
            noticed = (one.catch.step, _catcher(one.catch))
            names = found.setdefault(noticed, {}).setdefault(_elsewhere(one, one.catch), [])
            names.append(one.mutation.name.replace("_", " "))
    for (step, who), what in found.items():
        yield step, who, "; ".join(", ".join(names) + where for where, names in what.items())


def _catcher(catch: Catch) -> str:
    return f"{catch.subject} {catch.operator}" if catch.subject else str(catch.reason)


def _elsewhere(one: Tried, catch: Catch) -> str:
    """Return where a mutation was, as far as that is not where it was noticed."""
    subject, step = one.mutation.subject, one.step
    at = f" at {subject}" if subject and subject != catch.subject else ""
    return at + (f" in {step}" if step != catch.step else "")


def _others(tried: Iterable[Tried], *fates: Fate) -> Iterator[tuple[str, str, str]]:
    for one in tried:
        if one.fate in fates and not one.hole:
            yield one.step, one.mutation.what, one.remedy.text if one.remedy else ""
