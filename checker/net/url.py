"""URLs that are taken apart once: most are the same in each run, which asks for their parts a dozen times."""

import httpx


class Url(httpx.URL):
    """A URL whose parts are here. What is made of it (`copy_with`, `join`) is an `httpx.URL` like any other."""

    # A slot is a name of this class, so it comes before the property of the same name in httpx's, and can be set.
    __slots__ = ("netloc", "port", "raw_host", "raw_path", "scheme", "userinfo")

    netloc: bytes
    port: int | None
    raw_host: bytes
    raw_path: bytes
    scheme: str
    userinfo: bytes

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.netloc = super().netloc
        self.port = super().port
        self.raw_host = super().raw_host
        self.raw_path = super().raw_path
        self.scheme = super().scheme
        self.userinfo = super().userinfo
