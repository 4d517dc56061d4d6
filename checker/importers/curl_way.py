"""How curl gets there: proxies, addresses, versions and TLS."""

import re
from typing import Any

from checker.importers.curl_given import Given
from checker.importers.requests import host_of, proxy
from checker.importers.secrets import Secrets

_SIZES = {"": 1, "b": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30}
_SIZE = re.compile(r"(\d{1,12})([bkmg]?)", re.IGNORECASE)
_RESOLVE = re.compile(r"\+?(?P<host>[^:*]+|\[[^\]]+\]):(?P<port>\d+):(?P<addresses>.+)")
_CONNECT_TO = re.compile(r"(?P<host>[^:]*):(?P<port>\d*):(?P<to>\[[^\]]+\]|[0-9.]+):(?P<to_port>\d*)")


def way(given: Given, spec: dict[str, Any], secrets: Secrets) -> None:
    """Add to a spec of the kind `http` how the server is reached."""
    _through(given, spec, secrets)
    _addresses(given, spec)
    _versions(given, spec)
    _trust(given, spec)
    text = given.last("max-filesize")
    size = _SIZE.fullmatch(text or "")
    if text and not size:
        given.notes.lost("--max-filesize, which is no size")
    if size:
        spec["max_body"] = int(size[1]) * _SIZES[size[2].lower()]


def _through(given: Given, spec: dict[str, Any], secrets: Secrets) -> None:
    address, login = given.last("proxy"), given.last("proxy-user")
    given.has("proxytunnel", "proxy-basic")
    if address:
        through = proxy(address, login or "", secrets, given.notes)
        if through:
            spec["proxy"] = through


def _addresses(given: Given, spec: dict[str, Any]) -> None:
    resolve: dict[str, str] = {}
    for option in given.all("resolve"):
        match = _RESOLVE.fullmatch(option.value)
        if not match:
            given.notes.lost("--resolve that names no host, port and address")
            continue
        first, *others = match["addresses"].split(",")
        resolve[match["host"]] = first.strip("[]")
        if others:
            given.notes.lost("--resolve: all addresses but the first one")
    for option in given.all("connect-to"):
        match = _CONNECT_TO.fullmatch(option.value)
        host = (match["host"] if match else "") or host_of(spec["url"])
        if not match or match["to_port"] not in ("", match["port"]) or not host:
            given.notes.lost("--connect-to another name or port")
        else:
            resolve[host] = match["to"].strip("[]")
    if resolve:
        spec["resolve"] = resolve


def _versions(given: Given, spec: dict[str, Any]) -> None:
    if given.has("http2", "http2-prior-knowledge"):
        spec["http_version"] = 2
    if given.has("ipv4"):
        spec["ip_version"] = 4
    if given.has("ipv6"):
        spec["ip_version"] = 6


def _trust(given: Given, spec: dict[str, Any]) -> None:
    tls: dict[str, Any] = {}
    if given.has("insecure"):
        tls["verify"] = False
    for option, key in (("cacert", "ca"), ("cert", "cert"), ("key", "key")):
        path = given.last(option)
        if path:
            bare, colon, _ = path.partition(":")
            tls[key] = bare
            if colon:
                given.notes.lost(f"the passphrase in --{option}: the key has to be without one")
    if "key" in tls and "cert" not in tls:
        given.notes.lost("--key without --cert")
        del tls["key"]
    if given.has("tlsv1.3"):
        tls["min_version"] = 1.3
    given.has("tlsv1.2")
    if tls:
        spec["tls"] = tls
