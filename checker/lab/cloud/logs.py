"""CloudWatch Logs: what the log driver of a task sends there."""

from time import time

from checker.lab.cloud.api import Api


class Logs:
    """The log groups of the account."""

    def __init__(self, api: Api) -> None:
        self._client = api.client("logs")
        self._streams: set[tuple[str, str]] = set()

    def create(self, group: str) -> None:
        """Create a log group."""
        self._client.create_log_group(logGroupName=group)

    def write(self, group: str, stream: str, message: str) -> None:
        """Log a line now; as log drivers do, lose it where there is no such group."""
        try:
            if (group, stream) not in self._streams:
                self._client.create_log_stream(logGroupName=group, logStreamName=stream)
                self._streams.add((group, stream))
            event = {"timestamp": int(time() * 1000), "message": message}
            self._client.put_log_events(logGroupName=group, logStreamName=stream, logEvents=[event])
        except self._client.exceptions.ResourceNotFoundException:
            return
