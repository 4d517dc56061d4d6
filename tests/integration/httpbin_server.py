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
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.effective_port}"
    finally:
        server.close()
        thread.join(5)
