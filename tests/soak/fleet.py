"""The probes of a soak, as a checks.yaml: every way in which a request is made, and some that reloads change."""

from dataclasses import dataclass
from pathlib import Path

from tests.soak.faults import MAX_BODY

SHARES = (("secure", 25), ("chained", 10), ("kept", 10), ("signed", 10), ("masked", 5))
"""A way of asking, and how many probes have one such among them; the others ask plainly."""

CHANGING = 3
"""Probes that each reload puts others in the place of: the first is edited, one goes and one comes."""


@dataclass(frozen=True)
class Fleet:
    """`size` stable probes, each run every `interval` milliseconds, with a timeout of four fifths of that."""

    size: int
    interval: int
    plain: int  # port
    secure: int  # port
    directory: Path

    @property
    def stable(self) -> tuple[str, ...]:
        return tuple(f"{_way(number)}-{number}" for number in range(self.size))

    def text(self, generation: int, *, scheduled: bool = True) -> str:
        """Return the configuration after so many reloads. What changes among the stable probes is only told of them."""
        lines = [
            "version: 1",
            f"server: {{schedule: {str(scheduled).lower()}, max_in_flight: 1000}}",
            f"secrets: {{key: {{file: {self.directory / 'key'}}}}}",
            "defaults:",
            f"  interval: {self.interval}ms",
            f"  timeout: {self.interval * 4 // 5}ms",
            f"  owner: team-{generation}",
            "probes:",
        ]
        changing = ("edited", f"passing-{generation % CHANGING}")
        probes = [*map(self._probe, self.stable), *(self._changing(name, generation) for name in changing)]
        return "\n".join(lines + probes) + "\n"

    def _base(self, name: str) -> str:
        port, scheme = (self.secure, "https") if name.startswith("secure") else (self.plain, "http")
        return f"{scheme}://127.0.0.1:{port}/{name}"

    def _probe(self, name: str) -> str:
        options = {
            "secure": f", tls: {{ca: {self.directory / 'ca.pem'}}}",
            "kept": ", connection: reuse",
            "signed": ', auth: {bearer: "${secret.key}"}',
        }.get(name.partition("-")[0], "")
        asked = f'http: {{url: "{self._base(name)}/first", max_body: {MAX_BODY}{options}}}'
        judged = "expect: {json: {$.total: {gte: 1}}}, warn: {json: {$.total: {gte: 2}}}"
        if name.startswith("chained"):
            captured = "capture: {id: {json: $.id}, total: {json: $.total, metric: true}}"
            first = f"{{step: first, {asked}, {judged}, {captured}}}"
            second = f'{{step: second, http: {{url: "{self._base(name)}/second/${{id}}"}}}}'
            return f"  {name}: {{steps: [{first}, {second}]}}"
        shallow = f', shallow: {{http: {{url: "{self._base(name)}/health"}}}}'
        return f"  {name}: {{{asked}, {judged}{shallow if name.startswith('masked') else ''}}}"

    def _changing(self, name: str, generation: int) -> str:
        return (
            f'  {name}: {{http: {{url: "{self._base(name)}/first", params: {{generation: {generation}}}}}}}'
        )


def _way(number: int) -> str:
    return next((way for way, share in SHARES if number % share == share - 1), "plain")
