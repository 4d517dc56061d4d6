"""What each reason means, in one sentence for whoever is woken by it."""

from collections.abc import Mapping

from checker.core.reason import Reason

MEANINGS: Mapping[Reason, str] = {
    Reason.DNS: "The name could not be resolved.",
    Reason.REFUSED: "The machine answers, but nothing listens on that port.",
    Reason.UNREACHABLE: "There is no route to that address.",
    Reason.RESET: "The connection was broken off before the answer was complete.",
    Reason.CONNECT_TIMEOUT: "No connection came about in time: a firewall, a security group or a host that is gone.",
    Reason.TIMEOUT: "The connection stood, but the answer did not come in time.",
    Reason.PROTOCOL: "What came back is not a valid answer in this protocol.",
    Reason.TLS_EXPIRED: "The server's certificate has expired.",
    Reason.TLS_UNTRUSTED: "The server's certificate is not signed by an authority that is trusted here.",
    Reason.TLS_HOSTNAME: "The server's certificate is for another name.",
    Reason.TLS_HANDSHAKE: "The TLS handshake failed or did not finish in time.",
    Reason.AUTH_REJECTED: "The credentials were refused: rotated, revoked, outdated, or without the permission.",
    Reason.RATE_LIMITED: "The target answers that it is asked too often.",
    Reason.SERVER_ERROR: "The target answered with an error of its own (5xx).",
    Reason.UNEXPECTED_STATUS: "The status is not the expected one.",
    Reason.REDIRECT_LIMIT: "It redirects more often than is allowed.",
    Reason.TOO_LARGE: "The answer is larger than max_body allows, or a callback than 64 KiB.",
    Reason.UNDECODABLE: "The answer is not the JSON, charset or encoding that it claims to be.",
    Reason.ASSERTION: "The answer came, but it is not what was expected.",
    Reason.SLOW: "The answer was right, but too late.",
    Reason.STALE_CACHE: "A cache answered with something old.",
    Reason.CAPTURE_MISSING: "The answer lacks what a later step needs.",
    Reason.POLL_EXPIRED: "The expected outcome did not come about within the time given.",
    Reason.CALLBACK_MISSING: "The expected callback never came.",
    Reason.HEARTBEAT_MISSING: "No heartbeat came in time.",
    Reason.RESOURCE_MISSING: "Something that should exist does not.",
    Reason.WRONG_ACCOUNT: "The credentials belong to another account.",
    Reason.IMAGE_MISSING: "The image cannot be pulled, so the next start of a task will fail.",
    Reason.TASK_FAILED: "A task stopped or could not start.",
    Reason.SECRET_UNAVAILABLE: "A secret or certificate that is needed cannot be read; the target was asked nothing.",
    Reason.AWS_DENIED: "The checker lacks AWS permission, credentials or region; this says nothing about the target.",
    Reason.AWS_THROTTLED: "The checker's own calls were throttled; this says nothing about the target.",
    Reason.OVERLOADED: "The checker itself was too busy to tell; this says nothing about the target.",
    Reason.INTERNAL: "A fault in the checker itself; this says nothing about the target.",
}
