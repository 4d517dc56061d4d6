"""The fault matrix: what may go wrong between a probe and an answer, and what is to be said of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.faults.serving import Served
from tests.integration.checks import Told
from tests.integration.sites import reply
from tests.net.loopback import Script

TIMEOUT = "500ms"
"""Of the rows that take all of their time; the others have more than they could need on a busy machine."""

SECRETS = {
    "PASSWORD": "pw-0pen-s3same/%",
    "SESSION": "session-8d1f0a55",
    "KEY": "key-77c0ffee&1",
    "CLIENT": "client-5e1ect-me",
}
"""Of the environment, each under its name in small letters; what a row sends of them is to be found nowhere."""

GRANTED = "gr4nted-t0ken-61"
"""What the token endpoints grant."""

OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
GOOD = reply('{"v": 5}')


def fails(reason: str, step: str = "http") -> Told:
    return Told("fail", reason, step)


@dataclass(frozen=True)
class Row:
    """One fault. `told` is what its probe says, `words` a part of its message.

    In `keys`, which are the probe's own but for the URL, {url} stands for the server's, {port} for its port, {closed}
    and {deaf} for ports where nobody listens and where nobody answers. `names` are what the name server knows.
    """

    name: str
    served: Served | None
    told: Told
    words: str = ""
    url: str = "{url}/"
    http: Mapping[str, Any] = field(default_factory=dict)
    keys: Mapping[str, Any] = field(default_factory=dict)
    names: Mapping[str, list[str] | str] = field(default_factory=dict)
    slow: bool = False  # takes all of its time
    certificate: bool = False  # facts of one are exported

    @property
    def probe(self) -> dict[str, Any]:
        """What stands in checks.yaml."""
        own = {} if "steps" in self.keys else {"http": {"url": self.url, **self.http}}
        return {"interval": "60s", "timeout": TIMEOUT if self.slow else "20s", **own, **self.keys}


def row(name: str, script: Script | None, told: Told, words: str = "", **more: Any) -> Row:
    return Row(name, Served(script) if script else None, told, words, **more)


V = {"expect": {"json": {"$.v": 5}}}
"""Keys of a probe that `GOOD` passes."""
