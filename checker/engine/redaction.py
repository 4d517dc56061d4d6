"""What one run must not tell: all that the secret store knows, and what the run itself has captured as secret."""

from collections.abc import Iterable
from dataclasses import replace
from enum import StrEnum

from checker.assertions.capture import Capture
from checker.core.outcome import WITHHELD, Exchange, StepOutcome, Verdict
from checker.engine.judge import redacted
from checker.net.evidence import Kept, told
from checker.secrets.origins import with_origins
from checker.secrets.redaction import Redactor
from checker.secrets.store import SecretStore


class Evidence(StrEnum):
    """How much of the exchanges of a failed run is kept."""

    FULL = "full"
    HEADERS = "headers"
    NONE = "none"


class RunRedaction:
    """Strikes secrets out of texts, with what is known at the moment of asking.

    A redactor for a token of a thousand characters takes milliseconds to make. No spelling of a value is shorter than
    the value itself, so it is not made before a text comes along that is long enough to hold it.
    """

    __slots__ = ("_captures", "_made_for", "_measured", "_redactor", "_shortest", "_store")

    def __init__(self, store: SecretStore, captures: set[str]) -> None:
        self._store = store
        self._captures = captures
        self._redactor: Redactor | None = None
        self._made_for: tuple[frozenset[str], int] | None = None
        self._measured = 0  # captures, of which no spelling is shorter than `_shortest`
        self._shortest = 0

    def of(self, captures: set[str]) -> "RunRedaction":
        """Return one for other captures."""
        return RunRedaction(self._store, captures)

    def __call__(self, text: str) -> str:
        """Return the text without secrets."""
        if self._captures:
            if len(self._captures) != self._measured:
                self._measured, self._shortest = (
                    len(self._captures),
                    min(map(_shortest_spelling, self._captures)),
                )
            if len(text) >= self._shortest:
                return self._whole()(text)
        return self._store.redactor()(text)

    def _whole(self) -> Redactor:
        made_for = (self._store.known_values(), len(self._captures))
        if self._redactor is None or made_for != self._made_for:
            self._redactor = self._store.redactor(self._captures)
            self._made_for = made_for
        return self._redactor

    def step(self, step: StepOutcome) -> StepOutcome:
        """Return the step's outcome once more without secrets: of some it was not known when they were quoted."""
        verdicts = (*step.assertions, *step.warnings)
        texts = [text for one in verdicts for text in (one.expected, one.seen, one.message)]
        together = "\n".join([step.message or "", *texts])
        if self(together) == together:
            return step  # what is in one of them would be found in all together
        return replace(
            step,
            message=None if step.message is None else self(step.message),
            assertions=self._verdicts(step.assertions),
            warnings=self._verdicts(step.warnings),
        )

    def _verdicts(self, verdicts: tuple[Verdict, ...]) -> tuple[Verdict, ...]:
        return tuple(redacted(verdict, self) for verdict in verdicts)

    def exchanges(self, exchanges: tuple[Exchange, ...], evidence: Evidence) -> tuple[Exchange, ...]:
        """Return the exchanges as evidence, as much of them as is to be kept."""
        if evidence is Evidence.NONE or not exchanges:
            return ()
        if evidence is Evidence.HEADERS:
            exchanges = tuple(replace(one, request_body=b"", response_body=b"") for one in exchanges)
        redactor, known = self._whole(), self._store.origins()
        return tuple(
            with_origins(redactor.exchange(exchange), exchange, redactor, known) for exchange in exchanges
        )


def withheld(kept: Kept, captures: Iterable[Capture]) -> Kept:
    """Return evidence without what secret captures that were not made may have been looked for in.

    That is the body and the header that one names, of an answer that is no error: an error's body tells what is
    wrong, and holds no token.
    """
    selectors = [capture.selector.text for capture in captures if capture.secret]
    if not selectors or kept.status is None or not 200 <= kept.status < 400:
        return kept
    exchange = told(kept)
    named = {
        name.lower() for fact, _, name in (text.partition(".") for text in selectors) if fact == "headers"
    }
    headers = tuple(
        (name, WITHHELD if name.lower() in named else value) for name, value in exchange.response_headers
    )
    body = WITHHELD.encode() if exchange.response_body else b""
    return replace(exchange, response_headers=headers, response_body=body)


def _shortest_spelling(value: str) -> int:
    """A value that is not ASCII may come back in an encoding that leaves characters out."""
    return len(value) if value.isascii() else 1
