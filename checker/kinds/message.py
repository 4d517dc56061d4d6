"""What a request carries: headers, cookies and at most one body, as checks.yaml writes them."""

import json
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, Field, GetJsonSchemaHandler, model_validator

from checker.core.duration import format_size
from checker.core.regular import open_regular
from checker.core.scope import Scope
from checker.core.template import Reference
from checker.kinds.credentials import header_name
from checker.kinds.fields import (
    SCALAR_SCHEMA,
    Document,
    Plain,
    Scalar,
    Scalars,
    Strict,
    Text,
    at_most_one,
    exactly_one,
    written,
    wrong,
)
from checker.net.rendering import (
    CONTROL,
    TOKEN,
    Headers,
    Part,
    Render,
    once,
    one_line,
    pairs,
    render_form,
    render_headers,
    render_json,
    render_multipart,
    render_text,
    unusable,
)

BODIES = ("json", "form", "body", "multipart")
LARGEST_UPLOAD = 16 << 20  # bytes of one file

_OURS = frozenset({"connection", "content-length", "transfer-encoding"})

Body = tuple[bytes, str]
"""A body and its content type."""


def _headers(fields: Mapping[str, Any]) -> Mapping[str, Any]:
    for name, value in fields.items():
        header_name(name)
        if name.lower() in _OURS:
            raise wrong(f"{name} is set by the checker itself")
        if isinstance(value, str) and CONTROL.search(value):
            raise wrong(f"the header {name} holds a line break or another control character")
    return fields


def _cookies(fields: Mapping[str, Any]) -> Mapping[str, Any]:
    for name, value in fields.items():
        if not TOKEN.fullmatch(name):
            raise wrong(f"{name!r} cannot be the name of a cookie")
        if isinstance(value, str) and (CONTROL.search(value) or ";" in value):
            raise wrong(f"the cookie {name} holds a semicolon or a control character")
    return fields


def _content_type(value: str) -> str:
    if CONTROL.search(value):
        raise wrong("a content type is one line")
    return value


def _document(value: Any) -> Any:
    try:
        json.dumps(written(value), allow_nan=False)
    except ValueError:
        raise wrong("JSON knows neither NaN nor infinity") from None
    return value


class Upload(Strict, json_schema_extra=exactly_one("file", "content")):
    """A field of a multipart body. A plain value is a field with just this content."""

    file: Plain | None = Field(
        None, description="The file to send; its path is relative to the configuration."
    )
    content: Scalar | None = Field(None, description="What to send, in place of a file.")
    filename: Text | None = Field(
        None, description="The name that the server is told; a file's own by default."
    )
    content_type: Annotated[Plain, AfterValidator(_content_type)] | None = Field(
        None, description="The field's content type; by default what the file's name tells."
    )

    @model_validator(mode="before")
    @classmethod
    def _plain_value(cls, value: Any) -> Any:
        return value if isinstance(value, Mapping) else {"content": value}

    @model_validator(mode="after")
    def _one_source(self) -> "Upload":
        if (self.file is None) == (self.content is None):
            raise wrong("expected either file or content")
        return self

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: Any, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"anyOf": [SCALAR_SCHEMA, handler(schema)]}

    def part(self, name: str, directory: Path) -> Part:
        """Return the field as it is to be rendered, with the file read."""
        if self.file is None:
            return name, self.content or "", self.filename, self.content_type
        path = directory / self.file
        with open_regular(path) as file:
            data = file.read()
        return name, data, self.filename or path.name, self.content_type


class Message(Strict, json_schema_extra=at_most_one(*BODIES)):
    """Headers, cookies and a body."""

    headers: Annotated[Mapping[str, Scalar], AfterValidator(_headers)] = Field(
        {}, description="Request headers."
    )
    cookies: Annotated[Mapping[str, Scalar], AfterValidator(_cookies)] = Field(
        {}, description="Cookies of this request alone, beside those that earlier steps were given."
    )
    json_: Annotated[Document, AfterValidator(_document)] = Field(
        None, alias="json", description="A document to send as JSON."
    )
    form: Mapping[str, Scalars] | None = Field(None, description="Fields to send as a form.")
    body: Text | None = Field(None, description="A text to send as it is.")
    multipart: Mapping[str, Upload] | None = Field(
        None, description="Fields and files to send as multipart/form-data."
    )

    @model_validator(mode="after")
    def _one_body(self) -> "Message":
        if len(given := self.bodies()) > 1:
            raise wrong(f"{' and '.join(given)} cannot go together: a request has one body")
        return self

    def _has(self, name: str) -> bool:
        if name == "json":
            return "json_" in self.model_fields_set  # null is a document too
        return getattr(self, name) is not None

    def rendered_headers(self) -> Render[Headers]:
        """Return what renders the headers."""
        return once(partial(render_headers, self.headers), self.headers)

    def rendered_cookies(self) -> Render[dict[str, str]]:
        """Return what renders the cookies."""
        return once(partial(_cookie_texts, self.cookies), self.cookies)

    def rendered_body(self, directory: Path) -> Render[Body] | None:
        """Return what renders the body, if there is one; its files are read now."""
        if self._has("json"):
            return once(lambda scope: (render_json(self.json_, scope), "application/json"), self.json_)
        if self.form is not None:
            fields = pairs(self.form)
            return once(
                lambda scope: (render_form(fields, scope), "application/x-www-form-urlencoded"), fields
            )
        if self.multipart is not None:
            parts = tuple(upload.part(name, directory) for name, upload in self.multipart.items())
            return once(partial(render_multipart, parts), parts)
        if (text := self.body) is not None:
            return once(lambda scope: (render_text(text, scope).encode(), "text/plain; charset=utf-8"), text)
        return None

    def bodies(self) -> tuple[str, ...]:
        """Return the keys under which a body is given; of a valid message one at most."""
        return tuple(name for name in BODIES if self._has(name))

    def uploaded_files(self) -> Iterator[str]:
        """Yield the names of the files that the body is made of."""
        yield from (upload.file for upload in (self.multipart or {}).values() if upload.file is not None)

    def unreadable_files(self, directory: Path) -> Iterator[tuple[tuple[str, ...], str]]:
        """Yield the path and what is wrong for every file that cannot be sent."""
        if self.multipart == {}:
            yield ("multipart",), "a multipart body has at least one field"
        for name, upload in (self.multipart or {}).items():
            if upload.file is not None and (why := _unreadable(directory / upload.file)):
                yield ("multipart", name, "file"), why


def _cookie_texts(fields: Mapping[str, Scalar], scope: Scope) -> dict[str, str]:
    return {name: render_text(value, scope, _cookie_text) for name, value in fields.items()}


def _cookie_text(reference: Reference, value: object) -> str:
    text = one_line(reference, value)
    if ";" in text:
        raise unusable(reference, "holds a semicolon, which would end the cookie")
    return text


def _unreadable(path: Path) -> str | None:
    try:
        if path.stat().st_size > LARGEST_UPLOAD:
            return f"{path} is larger than {format_size(LARGEST_UPLOAD)}"
        with open_regular(path):
            return None
    except OSError as error:
        return f"{path} cannot be read: {error.strerror}"
