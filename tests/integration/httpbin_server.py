"""httpbin behind a real WSGI server, in threads of its own."""

import contextlib
import threading
import warnings
from collections.abc import Iterator

from waitress.server import create_server


@contextlib.contextmanager
def httpbin_server() -> Iterator[str]:
    """Yield the base URL."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of what httpbin imports
        from httpbin import app
    server = create_server(app, host="127.0.0.1", port=0, threads=8)
    stopping = threading.Event()

    def serve() -> None:
        """Serve, and close what is open in the same thread: it must not be closed under a select."""
        while not stopping.is_set():
            server.asyncore.loop(timeout=0.1, map=server._map, count=1)
        server.task_dispatcher.shutdown(timeout=2)
        server.asyncore.close_all(server._map)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.effective_port}"
    finally:
        stopping.set()
        thread.join()
