"""An OpenAPI 3 document → a probe for each operation that only reads."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from checker.importers.notes import Draft, Names, Note, Noted, Notes, Probe
from checker.importers.openapi_params import Values
from checker.importers.openapi_refs import resolved
from checker.importers.openapi_schema import matcher
from checker.importers.openapi_security import Security
from checker.importers.parts import Part
from checker.importers.places import told_by_line
from checker.importers.reading import document
from checker.importers.requests import headers, host_of
from checker.importers.secrets import Secrets

_METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace", "query")
_READING = ("get", "head")
MOST_TEXT = 600_000  # characters of schemas in one checks.yaml; beyond it only types are asserted
_NOT_ABOUT_PROBES = (
    "openapi",
    "info",
    "tags",
    "externalDocs",
    "jsonSchemaDialect",
    "$self",
    "components",
    "security",
)


@dataclass(slots=True)
class _Document:
    root: Part
    secrets: Secrets
    security: Security
    target: str
    names: Names
    room: int


@told_by_line
def openapi(text: str, name: str, secrets: Secrets, target: str = "") -> Draft:
    """Return the probes of a document; `target` takes the place of its servers. Raises Unusable."""
    root = Part(document(text, name), name)
    _check_version(root)
    notes = Notes()
    whole = _Document(root, secrets, Security(root, secrets), target.rstrip("/"), Names(), MOST_TEXT)
    probes: list[Probe] = []
    changing: list[str] = []
    for path, raw in root.need("paths").entries():
        if path.startswith("x-"):
            continue
        item = resolved(raw, root)
        if item is None:
            notes.lost(f"{path}, which is not in this document")
            continue
        changing += [f"{method.upper()} {path}" for method in _METHODS if _changes(item, method)]
        probes += [_probe(whole, path, item, method) for method in _reading(item)]
        item.ignore("summary", "description", "servers", "parameters", *_METHODS)
        notes.lost_all(f"{path}: {key}" for key in item.left())
    _rest(root, changing, notes)
    return Draft(tuple(probes), notes.all)


def _check_version(root: Part) -> None:
    if root.is_mapping() and root.get("swagger") is not None:
        raise root.wrong("this is Swagger 2; convert it to OpenAPI 3 first (swagger2openapi and others do)")
    version = root.need("openapi").text()
    if not re.match(r"3\.\d", version):
        raise root.wrong("this is not OpenAPI 3")


def _changes(item: Part, method: str) -> bool:
    return method not in _READING and item.get(method) is not None


def _reading(item: Part) -> Iterator[str]:
    for method in _METHODS:
        if method in _READING and item.get(method) is not None and not (method == "head" and item.get("get")):
            yield method


def _rest(root: Part, changing: list[str], notes: Notes) -> None:
    for start in range(0, len(changing), 10):
        notes.lost_all(changing[start : start + 10], ": they may change something")
    root.ignore(*_NOT_ABOUT_PROBES, "servers", "paths")
    notes.lost_all(root.left())


def _probe(whole: _Document, path: str, item: Part, method: str) -> Probe:
    operation, notes = item.need(method), Notes()
    base = _server(whole, operation, item, notes)
    host = host_of(base)
    made = Values(whole.secrets, host, notes)
    made.fill(operation, item, whole.root)
    filled = re.sub(r"\{([^{}]+)\}", lambda match: _filled(match[1], made.path, notes), path)
    spec: dict[str, Any] = {"url": base + filled}
    if method != "get":
        spec["method"] = method.upper()
    if made.params:
        spec["params"] = made.params
    spec.update(
        headers([(key, str(value)) for key, value in made.headers.items()], whole.secrets, host, notes)
    )
    if made.cookies:
        spec["cookies"] = made.cookies
    whole.security.prove(operation, host, spec, notes)
    title = operation.text_at("summary") or operation.text_at("description").partition("\n")[0]
    expect = _expected(whole, operation, notes)
    body = {
        **({"description": title[:200]} if title else {}),
        "http": spec,
        **({"expect": expect} if expect else {}),
    }
    if operation.flag_at("deprecated"):
        notes.remark("this operation is deprecated")
    _rest_of(operation, notes)
    given = operation.text_at("operationId") or f"{path}-{method}" * (method != "get") or path
    return Probe(whole.names.of(given), body, notes.all)


def _filled(name: str, known: dict[str, str], notes: Notes) -> str:
    if name not in known:
        notes.lost(f"{name} in the path, which no parameter describes; put a value in the place of REPLACE")
    return known.get(name, "REPLACE")


def _rest_of(operation: Part, notes: Notes) -> None:
    operation.ignore(
        "operationId", "summary", "description", "parameters", "security", "servers", "responses"
    )
    operation.ignore("tags", "externalDocs")
    notes.lost_all(operation.left())


def _server(whole: _Document, operation: Part, item: Part, notes: Notes) -> str:
    if whole.target:
        return whole.target
    for owner in (operation, item, whole.root):
        servers = owner.get("servers")
        listed = list(servers.items()) if servers is not None else []
        urls = [_server_url(server) for server in listed]
        if urls:
            if len(urls) > 1:
                notes.remark(f"{len(urls)} servers are named; this is the first one")
            url = urls[0].rstrip("/")
            if url.startswith(("http://", "https://")) and urlsplit(url).hostname:
                return url
            notes.lost(
                "the server, whose URL is relative: put it in the place of host.invalid, or use --target"
            )
            return f"https://host.invalid/{url.strip('/')}".rstrip("/")
    notes.lost(
        "the server, which the document does not name: put it in the place of host.invalid, or use --target"
    )
    return "https://host.invalid"


def _server_url(server: Part) -> str:
    url = server.need("url").text()
    variables = server.get("variables")
    for name, variable in variables.entries() if variables is not None else ():
        url = url.replace(f"{{{name}}}", variable.text_at("default"))
    return url


def _expected(whole: _Document, operation: Part, notes: Notes) -> Any:
    """Return `expect` for the answers that mean success; without any, those that lead elsewhere."""
    responses = operation.get("responses")
    answers = dict(responses.entries()) if responses is not None else {}
    good = [code for code in answers if re.fullmatch(r"2(?:\d\d|XX)", code, re.IGNORECASE)]
    if not good and "default" not in answers:
        elsewhere = [int(code) for code in answers if re.fullmatch(r"3\d\d", code)]
        return {"status": elsewhere} if elsewhere else {}
    expect: dict[str, Any] = {}
    if good and all(map(str.isdecimal, good)):
        expect["status"] = int(good[0]) if len(good) == 1 else [int(code) for code in good]
    chosen = "200" if "200" in good else (*good, "default")[0]
    answer = resolved(answers[chosen], whole.root)
    if answer is None:
        notes.lost(f"the answer {chosen}, which is not in this document")
        return expect
    return _with_content(whole, answer, expect, notes)


def _with_content(whole: _Document, answer: Part, expect: dict[str, Any], notes: Notes) -> Any:
    content = answer.get("content")
    medias = dict(content.entries()) if content is not None else {}
    kind = next((each for each in medias if _is_json(each)), None)
    if kind is None:
        return expect
    if len(medias) > 1:
        notes.remark(f"{len(medias)} content types are described; JSON is expected")
    expect["headers"] = {"content-type": {"contains": "json"}}
    schema = medias[kind].get("schema")
    if schema is None:
        return expect
    made, why = matcher(schema, whole.root)
    size = len(str(made))
    if made is not None and size > whole.room:
        made, why = None, "the file would become too large"
    lost = (Note(f"the schema of the answer: {why}"),) if why else ()
    if made is None:
        return Noted(expect, lost)
    whole.room -= size
    return {**expect, "json": Noted({"$": made}, lost)}


def _is_json(kind: str) -> bool:
    essence = kind.partition(";")[0].strip().lower()
    return essence == "application/json" or essence.endswith("+json")
