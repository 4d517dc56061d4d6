"""curl commands → probes: one for each URL."""

from typing import Any

from checker.importers.bodies import with_body
from checker.importers.curl_data import carried
from checker.importers.curl_given import Given
from checker.importers.curl_options import SHOWN, Option, options
from checker.importers.curl_way import way
from checker.importers.notes import OPEN, Draft, Names, Note, Probe, Unusable, shown
from checker.importers.requests import basic, headers, host_of, request_url
from checker.importers.secrets import Secrets
from checker.importers.shell import Command, commands
from checker.importers.times import paced, written

_NOTHING_TO_DO = frozenset(
    {"fail", "fail-with-body", "compressed", "http1.1", "basic", "globoff", "no-keepalive"}
)
_MOST_BYTES = 1 << 20
_BEFORE = frozenset({"$", "%", "time", "sudo", "exec", "env", "command"})
_RETRIED_UNSENT = ["dns", "refused", "unreachable", "connect_timeout", "tls_handshake"]
_CURLS_REDIRECTS = 50


def curl(text: str, name: str, secrets: Secrets) -> Draft:
    """Return a probe for each URL of each curl command in a script; raises Unusable."""
    if len(text) > _MOST_BYTES:
        raise Unusable(f"{name}: larger than 1 MiB; import it in parts")
    probes: list[Probe] = []
    notes: list[Note] = []
    names = Names()
    for command in commands(text, name, secrets):
        words = _arguments(command)
        if words is None:
            word = shown(command.words[0].partition("=")[0][:40])
            notes.append(Note(f"line {command.line}: {word}, which is not curl"))
            continue
        for given in _transfers(words, f"{name}:{command.line}"):
            probes += _probes(given, command.line, secrets, names, notes)
    return Draft(tuple(probes), tuple(notes))


def _arguments(command: Command) -> tuple[str, ...] | None:
    for index, word in enumerate(command.words):
        if word.rpartition("/")[2] in ("curl", "curl.exe"):
            return command.words[index + 1 :]
        if word not in _BEFORE and "=" not in word:
            return None
    return None


def _transfers(words: tuple[str, ...], where: str) -> list[tuple[Option, ...]]:
    transfers: list[list[Option]] = [[]]
    for option in options(words, where):
        if option.name == "next":
            transfers.append([])
        else:
            transfers[-1].append(option)
    return [tuple(each) for each in transfers if each]


def _probes(
    transfer: tuple[Option, ...], line: int, secrets: Secrets, names: Names, notes: list[Note]
) -> list[Probe]:
    urls = [option.value for option in transfer if option.name == "url"]
    if not urls:
        notes.append(Note(f"line {line}: a curl command without a URL"))
    made = []
    for url in urls:
        given = Given(transfer)
        given.has("url")
        why = _unsupported(url, literal=given.has("globoff"))
        if why:
            notes.append(Note(f"line {line}: {why}"))
        else:
            made.append(_probe(given, url, line, secrets, names))
    return made


def _unsupported(url: str, *, literal: bool) -> str:
    scheme, separator, rest = url.partition("://")
    if separator and scheme.lower() not in ("http", "https"):
        return f"a URL of the scheme {shown(scheme)[:20]}, which no probe speaks"
    path = (rest if separator else url).partition("/")[2]
    if not literal and (set("[]{}") & set(path) or "{" in url):
        return "a URL with {} or [], which curl takes for several URLs; write them out, or add --globoff"
    return ""


def _probe(given: Given, url: str, line: int, secrets: Secrets, names: Names) -> Probe:
    notes = given.notes
    notes.remark(f"line {line}")
    if "://" not in url and not url.startswith(OPEN):
        url = f"http://{url}"
    data = carried(given, url)
    url, auth = request_url(data.url, secrets, notes)
    host = host_of(url)
    spec: dict[str, Any] = {"url": url}
    if data.method != "GET":
        spec["method"] = data.method
    pairs = _header_pairs(given)
    sent = headers(
        [(name, value) for name, value in pairs if name.lower() != "content-type"], secrets, host, notes
    )
    spec.update(sent)
    _authenticate(given, spec, auth, secrets, host)
    _keep_cookies(given, spec, secrets, host)
    if data.multipart:
        spec["multipart"] = {name: _part(part, name, secrets, host) for name, part in data.multipart.items()}
    explicit = next((value for name, value in pairs if name.lower() == "content-type"), None)
    with_body(spec, data.text, explicit or data.content_type, secrets, host, notes)
    way(given, spec, secrets)
    _redirect(given, spec)
    body: dict[str, Any] = {**paced(None, given.number("max-time") or None), "http": spec}
    _retry(given, body, data.method)
    _tell(given)
    return Probe(names.of(_named(data.method, url)), body, notes.all)


def _named(method: str, url: str) -> str:
    plain = url.partition("://")[2].partition("?")[0]
    return plain if method == "GET" else f"{method.lower()}-{plain}"


def _part(part: dict[str, Any], name: str, secrets: Secrets, host: str) -> Any:
    content = secrets.unless_plain(part["content"], name, host)
    return {**part, "content": content} if len(part) > 1 else content


def _header_pairs(given: Given) -> list[tuple[str, str]]:
    pairs: list[tuple[str, str]] = []
    for option in given.all("header"):
        name, colon, value = option.value.partition(":")
        if option.value.startswith("@"):
            given.notes.lost("--header from a file")
        elif colon and value.strip():
            pairs.append((name.strip(), value.strip()))
        elif colon:
            given.notes.lost(f"--header that takes {name.strip()} out of the request")
        else:
            pairs.append((name.strip().removesuffix(";"), ""))
    for named, header in (("user-agent", "User-Agent"), ("referer", "Referer")):
        text = given.last(named)
        if text is not None:
            pairs.append((header, text.removesuffix(";auto")))
    span = given.last("range")
    if span is not None:
        pairs.append(("Range", f"bytes={span}"))
    return pairs


def _authenticate(
    given: Given, spec: dict[str, Any], auth: dict[str, Any], secrets: Secrets, host: str
) -> None:
    """Take what proves who sends it; a header that was written out goes before --user, and that before the URL."""
    login, token, signed = given.last("user"), given.last("oauth2-bearer"), given.last("aws-sigv4")
    form = "digest" if given.has("digest") else "basic"
    if given.has("anyauth"):
        given.notes.remark("--anyauth: Basic is used; write digest in its place if the server wants that")
    if signed is not None:
        auth = _signature(given, signed)
    elif token is not None:
        auth = {"bearer": secrets.hide(token, "token", host)}
    elif login is not None:
        user, _, password = login.partition(":")
        auth = basic(user, password, secrets, host, form)
    if not auth:
        return
    if "auth" in spec:
        given.notes.lost("a second way to prove who sends it, beside the header Authorization")
    else:
        spec["auth"] = auth


def _signature(given: Given, signed: str) -> dict[str, Any]:
    region, _, service = signed.partition(":")[2].partition(":")[2].partition(":")
    if not region or not service:
        given.notes.lost(
            "--aws-sigv4 without a region and a service: add auth: {sigv4: {service: …, region: …}}"
        )
        return {}
    given.notes.remark(
        "the signature takes its keys from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, not from --user"
    )
    return {"sigv4": {"service": service, "region": region}}


def _keep_cookies(given: Given, spec: dict[str, Any], secrets: Secrets, host: str) -> None:
    for option in given.all("cookie"):
        if "=" in option.value:
            sent = headers([("Cookie", option.value)], secrets, host, given.notes)
            spec.setdefault("cookies", {}).update(sent.get("cookies", {}))
        elif option.value:
            given.notes.lost("--cookie from a file")


def _redirect(given: Given, spec: dict[str, Any]) -> None:
    most = given.last("max-redirs")
    if given.has("location", "follow"):
        limit = int(most) if most and most.isdecimal() and len(most) < 6 else _CURLS_REDIRECTS
        spec["redirects"] = limit
        if most is not None and most != str(limit):
            given.notes.remark(f"--max-redirs: at most {limit} redirects are followed")


def _retry(given: Given, body: dict[str, Any], method: str) -> None:
    times = given.number("retry")
    delay = given.number("retry-delay")
    if not times:
        return
    retry: dict[str, Any] = {"attempts": int(min(times, 1000)) + 1}
    if delay:
        retry["delay"] = written(delay)
    if method not in ("GET", "HEAD", "OPTIONS"):
        retry["reasons"] = _RETRIED_UNSENT
    given.notes.remark("--retry: what the network failed at is tried again; an answer such as 503 counts")
    body["retry"] = retry


def _tell(given: Given) -> None:
    names = dict.fromkeys(option.name for option in given.options if option.name not in given.taken)
    quiet = [f"--{name}" for name in names if name in SHOWN]
    if quiet:
        given.notes.remark(f"{', '.join(quiet)}: only about what curl shows and keeps")
    left = [f"--{name}" for name in names if name not in SHOWN | _NOTHING_TO_DO]
    given.notes.lost_all(left)
