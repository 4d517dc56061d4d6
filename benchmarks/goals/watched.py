"""`checker serve`, with a finer watch over its event loop than its own.

    python -m benchmarks.goals.watched CONFIG --listen HOST:PORT

On SIGUSR1 it prints the longest time for which the loop was held since the last one, and the most CPU that was spent
between two beats, in seconds: on a busy machine the rest is time in which there was no processor for it.
"""

import asyncio
import signal
import sys
import time

from checker.app.loop import run
from checker.app.serve import serve
from checker.app.service import Options

BEAT = 0.002  # seconds


class Watch:
    """Beats, and notes how late the latest beat was."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._longest = self._busiest = 0.0
        self._due, self._spent = self._loop.time(), time.thread_time()
        self._loop.add_signal_handler(signal.SIGUSR1, self._tell)
        self._beat()

    def _beat(self) -> None:
        now, spent = self._loop.time(), time.thread_time()
        self._longest = max(self._longest, now - self._due)
        self._busiest = max(self._busiest, spent - self._spent)
        self._due, self._spent = now + BEAT, spent
        self._loop.call_later(BEAT, self._beat)

    def _tell(self) -> None:
        print(self._longest, self._busiest, flush=True)
        self._longest = self._busiest = 0.0


async def _main(config: str, listen: str) -> None:
    Watch()
    await serve(Options(source=config, listen=listen))


if __name__ == "__main__":
    run(_main(sys.argv[1], sys.argv[3]))
