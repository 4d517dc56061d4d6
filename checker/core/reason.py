"""The closed lists of words that a run can end in.

They are metric labels and API values: a new word is a change of the public contract (CHANGELOG, migration note).
"""

from enum import StrEnum


class Result(StrEnum):
    """How one run ended. `error` means that the checker could not tell; it never blames the target."""

    PASS = "pass"
    DEGRADED = "degraded"
    FAIL = "fail"
    ERROR = "error"


class State(StrEnum):
    """What is believed of a probe after debouncing its results."""

    PENDING = "pending"
    UP = "up"
    DEGRADED = "degraded"
    DOWN = "down"
    UNKNOWN = "unknown"


class Severity(StrEnum):
    """Who should hear of a probe that is down."""

    PAGE = "page"
    TICKET = "ticket"
    INFO = "info"


class Phase(StrEnum):
    """The parts of one exchange with a server, in the order in which they happen."""

    DNS = "dns"
    CONNECT = "connect"
    TLS = "tls"
    SEND = "send"
    WAIT = "wait"
    RECEIVE = "receive"


class Reason(StrEnum):
    """Why a run failed, was degraded, or could not tell."""

    DNS = "dns"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    RESET = "reset"
    CONNECT_TIMEOUT = "connect_timeout"
    TIMEOUT = "timeout"
    PROTOCOL = "protocol"

    TLS_EXPIRED = "tls_expired"
    TLS_UNTRUSTED = "tls_untrusted"
    TLS_HOSTNAME = "tls_hostname"
    TLS_HANDSHAKE = "tls_handshake"

    AUTH_REJECTED = "auth_rejected"
    RATE_LIMITED = "rate_limited"
    SERVER_ERROR = "server_error"
    UNEXPECTED_STATUS = "unexpected_status"
    REDIRECT_LIMIT = "redirect_limit"
    TOO_LARGE = "too_large"
    UNDECODABLE = "undecodable"
    ASSERTION = "assertion"
    SLOW = "slow"
    STALE_CACHE = "stale_cache"
    CAPTURE_MISSING = "capture_missing"
    POLL_EXPIRED = "poll_expired"
    CALLBACK_MISSING = "callback_missing"
    HEARTBEAT_MISSING = "heartbeat_missing"

    RESOURCE_MISSING = "resource_missing"
    WRONG_ACCOUNT = "wrong_account"
    IMAGE_MISSING = "image_missing"
    TASK_FAILED = "task_failed"

    SECRET_UNAVAILABLE = "secret_unavailable"
    AWS_DENIED = "aws_denied"
    AWS_THROTTLED = "aws_throttled"
    OVERLOADED = "overloaded"
    INTERNAL = "internal"

    @property
    def result(self) -> Result:
        """`error` for the checker's own troubles, `fail` for the target's."""
        return Result.ERROR if self in _OWN_TROUBLES else Result.FAIL


_OWN_TROUBLES = frozenset(
    {
        Reason.SECRET_UNAVAILABLE,
        Reason.AWS_DENIED,
        Reason.AWS_THROTTLED,
        Reason.OVERLOADED,
        Reason.INTERNAL,
    }
)

CONNECTION_REASONS = frozenset(
    {
        Reason.DNS,
        Reason.REFUSED,
        Reason.UNREACHABLE,
        Reason.CONNECT_TIMEOUT,
        Reason.TLS_HANDSHAKE,
    }
)
"""What happens before a request is sent, so that sending it again cannot do its work twice."""


def deadline_reason(phase: Phase | None) -> Reason:
    """Return the reason for a deadline that struck in `phase` (None: between two exchanges)."""
    return _DEADLINES.get(phase, Reason.TIMEOUT) if phase else Reason.TIMEOUT


_DEADLINES = {
    Phase.DNS: Reason.DNS,
    Phase.CONNECT: Reason.CONNECT_TIMEOUT,
    Phase.TLS: Reason.TLS_HANDSHAKE,
}
