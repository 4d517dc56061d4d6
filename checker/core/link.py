"""Which of the URLs that people configure may be made a link: those that a browser runs may not."""

from urllib.parse import urlsplit


def leads_to_page(url: str) -> bool:
    """Whether it is one of a web page: `http` or `https`, with a host."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc)
