"""The status page, the API, /metrics and the operating endpoints, all over snapshots of the board."""

from checker.core.lean import without

with (
    without("uvicorn.main", Server=None, main=None, run=None),  # its command line
    without("logging.config"),  # what it would set logging up with, which is ours to do; it brings pickle
    without("configparser", RawConfigParser=None),
):
    import uvicorn.config  # noqa: F401 - here, before anybody else imports it
