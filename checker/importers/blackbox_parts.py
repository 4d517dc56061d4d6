"""What several probers of blackbox_exporter share: TLS, the version of IP, and addresses."""

import re
from typing import Any

from checker.importers.notes import Notes
from checker.importers.parts import Part
from checker.importers.secrets import Secrets
from checker.importers.times import seconds_of

_ADDRESS = re.compile(r"(?:\[(?P<bracketed>[^\]]+)\]|(?P<host>[^:\[\]/]+))(?::(?P<port>\d{1,5}))?")


def tls_keys(config: Part | None, secrets: Secrets, notes: Notes) -> dict[str, Any]:
    """Return the keys of `tls` for a `tls_config`."""
    made: dict[str, Any] = {}
    if config is None:
        return made
    if config.flag_at("insecure_skip_verify"):
        made["verify"] = False
    for key, ours in (
        ("ca_file", "ca"),
        ("ca", "ca"),
        ("cert_file", "cert"),
        ("cert", "cert"),
        ("key_file", "key"),
    ):
        text = config.text_at(key)
        if text:
            made[ours] = text
    if key_text := config.text_at("key"):
        made["key"] = secrets.hide(key_text, "tls key")
    if name := config.text_at("server_name"):
        made["server_name"] = name
    version = config.text_at("min_version", "TLS12")
    if version == "TLS13":
        made["min_version"] = 1.3
    elif version != "TLS12":
        notes.lost(f"{config.path}.min_version {version[:10]}: nothing below 1.2 is spoken")
    if config.get("max_version") is not None:
        notes.lost(f"{config.path}.max_version")
    return made


def ip_version(settings: Part) -> int | None:
    """Return the only version of IP to use; None where the other one may be fallen back to."""
    preferred = settings.text_at("preferred_ip_protocol", "ip6")
    if settings.flag_at("ip_protocol_fallback", default=True):
        return None
    return 4 if preferred == "ip4" else 6


def address(text: str) -> tuple[str, int | None] | None:
    """Return host and port of `host:port`; None for anything else."""
    match = _ADDRESS.fullmatch(text)
    if not match:
        return None
    return match["bracketed"] or match["host"], int(match["port"]) if match["port"] else None


def duration(part: Part, key: str, notes: Notes) -> float | None:
    """Return the seconds that stand under a key; None where there are none."""
    text = part.text_at(key)
    seconds = seconds_of(text) if text else None
    if text and seconds is None:
        notes.lost(f"{key}, which is no duration")
    return seconds
