"""The status page, the API, /metrics and the operating endpoints, all over snapshots of the board."""

from checker.core.lean import without

with without("uvicorn.main", Server=None, main=None, run=None):  # its command line
    import uvicorn  # noqa: F401 - here, before anybody else imports it
