"""Views → HTML. The template engine is loaded with the first page that anybody asks for."""

from collections.abc import Iterator
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

_HERE = Path(__file__).parent

_TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}


def rendered(template: str, **values: object) -> Iterator[str]:
    """Yield a page in small pieces."""
    pieces: Iterator[str] = _environment().get_template(template).generate(assets=assets_version(), **values)
    return pieces


@cache
def _environment() -> Any:
    import jinja2  # noqa: PLC0415 - 3 MiB and 40 ms that a sidecar whose page nobody opens never spends

    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )


@cache
def assets() -> dict[str, tuple[bytes, str]]:
    """Return content and media type of each file that pages load, by its name."""
    files = sorted(path for path in (_HERE / "static").iterdir() if path.suffix in _TYPES)
    return {path.name: (path.read_bytes(), _TYPES[path.suffix]) for path in files}


@cache
def assets_version() -> str:
    """Return what stands in the assets' URLs, so that browsers keep them until they change."""
    return sha256(b"".join(content for content, _ in assets().values())).hexdigest()[:12]
