"""Shows what Alertmanager sends, one line an alert: in the place of a pager, while trying things out.

python receive.py HOST:PORT
"""

import json
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


def lines(receiver: str, notification: dict[str, Any]) -> Iterator[str]:
    """Yield `pager firing CheckerProbeDown search: summary. description` for each alert of a notification."""
    for alert in notification["alerts"]:
        labels, texts = alert["labels"], alert["annotations"]
        about = labels.get("probe", "-")
        told = " ".join(f"{texts.get('summary', '')}. {texts.get('description', '')}".split())
        yield f"{receiver} {alert['status']} {labels['alertname']} {about}: {told}"


class Receiver(BaseHTTPRequestHandler):
    """Takes a notification at any path, whose name is the receiver's."""

    def do_POST(self) -> None:
        """Show a notification; 400 for what is none, so that Alertmanager says so in its log."""
        try:
            told = list(lines(self.path.strip("/"), json.loads(self._body())))
        except (ValueError, LookupError, TypeError, AttributeError):
            self._answer(400)
            return
        sys.stdout.write("".join(f"{line}\n" for line in told))
        sys.stdout.flush()
        self._answer(200)

    def do_GET(self) -> None:
        """Say that it is alive."""
        self._answer(200)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        """Say nothing of requests: the alerts are the log."""

    def _body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length", "0")))

    def _answer(self, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()


if __name__ == "__main__":
    host, _, port = sys.argv[1].rpartition(":")
    ThreadingHTTPServer((host, int(port)), Receiver).serve_forever()
