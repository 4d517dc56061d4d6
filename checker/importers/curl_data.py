"""What curl sends: `--data` and its kin, forms, uploads, and what they make of the URL and the method."""

from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote_plus

from checker.importers.bodies import FORM
from checker.importers.curl_given import Given
from checker.importers.curl_options import Option
from checker.importers.notes import REFERENCE, reference

_DATA = ("data", "data-ascii", "data-raw", "data-binary", "data-urlencode", "json")


@dataclass(frozen=True, slots=True)
class Carried:
    """A request's URL, method and body; at most one of `text` and `multipart` has something in it."""

    url: str
    method: str
    text: str = ""
    content_type: str = ""
    multipart: dict[str, dict[str, Any]] = field(default_factory=dict)


def carried(given: Given, url: str) -> Carried:
    """Return what a transfer sends, as curl would."""
    data = given.all(*_DATA)
    url = _queried(given, url)
    text = "".join(_joined(given, data))
    multipart = _multipart(given)
    upload = given.last("upload-file")
    get, head, method = given.has("get"), given.has("head"), given.last("request")
    if get:
        url, text, data = _appended(url, text), "", []
    if upload is not None:
        text = _from_file(given, "upload-file", upload)
    sends = "PUT" if upload is not None else "POST" if data or multipart else "GET"
    is_json = any(option.name == "json" for option in data)
    if is_json:
        given.notes.remark("--json: the answer may be of any type; assert on $ if it has to be JSON")
    if multipart and text:
        given.notes.lost("data beside a form: curl sends one of them")
        text = ""
    kind = "application/json" if is_json else FORM if data else "application/octet-stream"
    return Carried(url, method or ("HEAD" if head else sends), text, kind if text else "", multipart)


def _queried(given: Given, url: str) -> str:
    for option in given.all("url-query"):
        plain = option.value.startswith("+")
        url = _appended(url, option.value[1:] if plain else _encoded(given, option))
    return url


def _appended(url: str, query: str) -> str:
    bare, mark, fragment = url.partition("#")
    return f"{bare}{'&' if '?' in bare else '?'}{query}{mark}{fragment}" if query else url


def _joined(given: Given, data: list[Option]) -> list[str]:
    pieces: list[str] = []
    for option in data:
        if pieces and option.name != "json":
            pieces.append("&")
        if option.name == "data-urlencode":
            pieces.append(_encoded(given, option))
        elif option.value.startswith("@") and option.name != "data-raw":
            pieces.append(_from_file(given, option.name, option.value[1:]))
        else:
            pieces.append(option.value)
    return pieces


def _encoded(given: Given, option: Option) -> str:
    name, sign, value = option.value.partition("=")
    if sign:
        return f"{name}={_quoted(value)}" if name else _quoted(value)
    name, sign, path = option.value.partition("@")
    if sign:
        content = _quoted(_from_file(given, option.name, path))
        return f"{name}={content}" if name else content
    return _quoted(option.value)


def _quoted(text: str) -> str:
    pieces = REFERENCE.split(text)
    return "".join(reference(piece) if index % 2 else quote_plus(piece) for index, piece in enumerate(pieces))


def _from_file(given: Given, option: str, path: str) -> str:
    given.notes.lost(f"--{option} from the file {path}: put its text in the place of REPLACE")
    return "REPLACE"


def _multipart(given: Given) -> dict[str, dict[str, Any]]:
    fields: dict[str, dict[str, Any]] = {}
    for option in given.all("form", "form-string"):
        name, _, value = option.value.partition("=")
        if name in fields:
            given.notes.lost(f"a second --{option.name} with the name {name}")
        elif option.name == "form-string":
            fields[name] = {"content": value}
        else:
            fields[name] = _field(given, name, value)
    return fields


def _field(given: Given, name: str, value: str) -> dict[str, Any]:
    content, *settings = value.split(";")
    made: dict[str, Any] = {"content": content}
    if content.startswith(("@", "<")):
        path = content[1:].strip('"')
        made["content"] = "REPLACE"
        made |= {"filename": PurePosixPath(path).name} if content.startswith("@") else {}
        given.notes.lost(
            f"--form {name} from the file {path}: write file: {path} where it is at hand, or its text"
        )
    for setting in settings:
        key, _, text = setting.strip().partition("=")
        known = {"type": "content_type", "filename": "filename"}.get(key)
        if known:
            made[known] = text.strip('"')
        elif "=" in setting or content.startswith(("@", "<")):
            given.notes.lost(f"{key[:20]} of --form {name}")
        else:
            made["content"] += f";{setting}"
    return made
