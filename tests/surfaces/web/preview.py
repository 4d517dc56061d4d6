"""Serves the pages over the sample estate, to look at: `python -m tests.surfaces.web.preview [PORT]`."""

import sys

import uvicorn

from checker.surfaces.own import Own
from checker.surfaces.web.app import Sources, web_app
from tests.surfaces.samples import NOW, trouble

if __name__ == "__main__":
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 10499
    uvicorn.run(
        web_app(Sources(trouble, Own(), now=lambda: NOW)), host="127.0.0.1", port=port, log_level="warning"
    )
