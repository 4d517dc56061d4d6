"""Answers that are sent piece by piece, until they end or their reader leaves.

Starlette's own wait for both in a task group of anyio, for which the first scrape loads a megabyte that nothing else
here needs. asyncio can do the same.
"""

import asyncio

from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send


class Streamed(StreamingResponse):
    """What is sent piece by piece. Nothing more is made of it when its reader has left."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it; raises what making it raises."""
        sending = asyncio.ensure_future(self.stream_response(send))
        leaving = asyncio.ensure_future(self.listen_for_disconnect(receive))
        try:
            await asyncio.wait((sending, leaving), return_when=asyncio.FIRST_COMPLETED)
            if sending.done():
                sending.result()
        finally:
            sending.cancel()
            leaving.cancel()
            await asyncio.gather(sending, leaving, return_exceptions=True)
