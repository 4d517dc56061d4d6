"""CloudWatch Logs: what the log driver of a task sends there.

Straight into moto's state, and not over HTTP: a task that logs each request has no time to wait for it.
"""

from time import time

from checker.lab.cloud.api import Api


class Logs:
    """The log groups of the account."""

    def __init__(self, api: Api) -> None:
        self._client = api.client("logs")
        self._state = api.state("logs")

    def create(self, group: str) -> None:
        """Create a log group."""
        self._client.create_log_group(logGroupName=group)

    def write(self, group: str, stream: str, message: str) -> None:
        """Log a line now; as log drivers do, lose it where there is no such group."""
        if group not in self._state.groups:
            return
        self._state.ensure_log_stream(group, stream)
        event = {"timestamp": int(time() * 1000), "message": message}
        self._state.put_log_events(group, stream, [event])
