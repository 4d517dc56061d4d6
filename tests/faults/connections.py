"""Rows of the fault matrix: on the way to a server, and how fast it answers."""

from tests.faults.rows import CHUNKED, GOOD, OK, Row, V, fails, row
from tests.faults.serving import dawdles, goes_on, resets, says, shakes_slowly, silent
from tests.integration.checks import PASS
from tests.net.loopback import Script

CONNECTING = (
    row("a name that does not resolve", None, fails("dns"), "nowhere.test", url="http://nowhere.test/"),
    row(
        "a name server that never answers",
        None,
        fails("dns"),
        url="http://silent.test/",
        names={"silent.test": "silence"},
        slow=True,
    ),
    row(
        "IPv6 where nobody listens, and IPv4",
        says(GOOD),
        PASS,
        url="http://both.test:{port}/",
        names={"both.test": ["::1", "127.0.0.1"]},
    ),
    row(
        "IPv6 alone, where nobody listens",
        None,
        fails("refused"),
        "[::1]",
        url="http://six.test:{closed}/",
        names={"six.test": ["::1"]},
    ),
    row(
        "the first of three addresses is dead",
        says(GOOD),
        PASS,
        url="http://three.test:{port}/",
        names={"three.test": ["127.0.0.2", "127.0.0.3", "127.0.0.1"]},
    ),
    row("refused", None, fails("refused"), url="http://127.0.0.1:{closed}/"),
    row(
        "packets that are dropped",
        None,
        fails("connect_timeout"),
        "connecting",
        url="http://127.0.0.1:{deaf}/",
        slow=True,
    ),
    row("accepted, but silent", silent, fails("timeout"), "waiting for the answer", slow=True),
    row("a reset after accept", resets, fails("reset")),
    row("a reset in the head", says(OK + b"Content-Le", then="reset"), fails("reset"), "headers"),
    row(
        "a reset in the body",
        says(OK + b"Content-Length: 9\r\n\r\nabc", then="reset"),
        fails("reset"),
        "3 of 9",
    ),
    row(
        "closed before its Content-Length",
        says(OK + b"Content-Length: 9\r\n\r\nabc"),
        fails("reset"),
        "3 of 9",
    ),
    row("closed before its last chunk", says(CHUNKED + b"5\r\nhello\r\n"), fails("reset"), "before its end"),
    row("half-closed without an answer", says(then="half-close"), fails("reset"), "without an answer"),
    row("half-closed in the head", says(OK, then="half-close"), fails("reset"), "headers"),
    row("half-closed after the answer", says(GOOD, then="half-close"), PASS, keys=V),
)


def late(name: str, script: Script, reason: str, words: str, url: str = "{url}/") -> Row:
    return row(name, script, fails(reason), words, url=url, slow=True)


RECEIVING = "receiving the answer"
SLOW = (
    late("slow in the status line", dawdles(b"", b"HTTP/1.1 200 " + b"a" * 99), "timeout", RECEIVING),
    late("slow in the headers", dawdles(OK, b"X-A: " + b"a" * 99), "timeout", RECEIVING),
    late("slow in the body", dawdles(OK + b"Content-Length: 99999\r\n\r\n", b"a"), "timeout", RECEIVING),
    late("slow in a chunk's size", dawdles(CHUNKED, b"0" * 99), "timeout", RECEIVING),
    late("slow in chunks", dawdles(CHUNKED, b"1\r\na\r\n"), "timeout", RECEIVING),
    late("slow with interim answers", dawdles(b"", b"HTTP/1.1 100 Continue\r\n\r\n"), "timeout", RECEIVING),
    late("slow in the handshake", shakes_slowly, "tls_handshake", "handshake", "https://127.0.0.1:{port}/"),
    late("silent in the handshake", silent, "tls_handshake", "handshake", "https://127.0.0.1:{port}/"),
    row("a body that never ends", goes_on(OK + b"\r\n", b"a" * 65536), fails("too_large")),
    row("chunks that never end", goes_on(CHUNKED, b"1000\r\n" + b"a" * 4096 + b"\r\n"), fails("too_large")),
    row("tiny chunks that never end", goes_on(CHUNKED, b"1\r\na\r\n" * 9999), fails("too_large")),
    row("headers that never end", goes_on(OK, b"X-A: aaaaaaaaaaaaaaaaa\r\n" * 99), fails("protocol")),
    row("one header that never ends", goes_on(OK + b"X-A: ", b"a" * 65536), fails("protocol")),
    row("a status line that never ends", goes_on(b"HTTP/1.1 200 ", b"a" * 65536), fails("protocol")),
    row("interim answers that never end", goes_on(b"", b"HTTP/1.1 103 Wait\r\n\r\n" * 99), fails("protocol")),
    row(
        "trailers that never end",
        goes_on(CHUNKED + b"1\r\na\r\n0\r\n", b"X-A: aaaaaaaaaaaaa\r\n" * 99),
        fails("protocol"),
    ),
    row("blank lines that never end", goes_on(b"", b"\r\n" * 9999), fails("protocol")),
)
