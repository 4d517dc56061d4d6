"""What a server might have answered instead: an error, nothing, a page to sign in, half a document, an old copy."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from checker.core.facts import Absent
from checker.kinds.contract import Answer, Mutation, Observation, Weight
from checker.proving.documents import main_list, path_of, put, totals

STATUSES = (500, 401, 429)

_PAGE = b"""<!DOCTYPE html>
<html><head><title>Sign in</title></head>
<body><form action="/login" method="post"><input name="user"><input name="password"></form></body></html>
"""
_ERROR = b'{"error": "the service is unavailable"}'


def of_answer(answer: Answer, document: object) -> Iterator[Mutation]:
    """Yield the mutations of a whole answer; `document` is what its body was decoded to, if it could be."""
    for status in STATUSES:
        if answer.status != status:
            other = replace(answer, status=status)
            what = f"a status of {status}"
            yield Mutation(f"status_{status}", what, _seeing(other), subject="status")
    if answer.method == "HEAD":
        return
    good = Weight.PATH if answer.status < 300 else Weight.HINT
    yield from _bodies(answer, document, good)
    if not isinstance(document, Absent):
        yield from _parts(answer, document, good)


def with_document(answer: Answer, document: Any) -> Observation:
    """Return what would have been seen with another document; raises Trouble."""
    return _seeing(_with_body(answer, json.dumps(document).encode()))()


def _bodies(answer: Answer, document: object, good: Weight) -> Iterator[Mutation]:
    if answer.body:
        yield Mutation("empty_body", "an empty body", _seeing(_with_body(answer, b"")), good)
    page = _with_body(answer, _PAGE, b"text/html; charset=utf-8")
    if not answer.body and good is Weight.PATH:
        page = replace(page, status=200)  # what has no body has a status that says so
    yield Mutation("login_page", "a login page in HTML", _seeing(page), good)
    decoded = not isinstance(document, Absent)
    if decoded:
        yield Mutation(
            "error_document", 'an error, as {"error": …}', _seeing(_with_body(answer, _ERROR)), good
        )
    if len(answer.body) > 1:
        half = _with_body(answer, answer.body[: len(answer.body) // 2])
        yield Mutation(
            "truncated", "a body cut off in the middle", _seeing(half), good if decoded else Weight.HINT
        )


def _parts(answer: Answer, document: Any, good: Weight) -> Iterator[Mutation]:
    """Yield the mutations of what the document is mostly about, whether the step speaks of it or not."""
    at = main_list(document)
    if at is not None:
        emptied, path = put(document, (at,), lambda _: []), path_of(at)
        see = partial(with_document, answer, emptied)
        yield Mutation("empty_list", f"an empty list at {path}", see, good, f"json.{path}")
    for at in totals(document):
        zeroed, path = put(document, (at,), lambda _: 0), path_of(at)
        see = partial(with_document, answer, zeroed)
        yield Mutation("zero", f"0 at {path}", see, Weight.HINT, f"json.{path}")


def _seeing(answer: Answer) -> Callable[[], Observation]:
    return lambda: Observation(answer.facts, answered=lambda: answer)


def _with_body(answer: Answer, body: bytes, content_type: bytes | None = None) -> Answer:
    changed = {b"content-length": b"%d" % len(body)} | (
        {b"content-type": content_type} if content_type else {}
    )
    headers = tuple((name, changed.pop(name.lower(), value)) for name, value in answer.headers)
    added = ((b"Content-Type", content_type),) if content_type and b"content-type" in changed else ()
    return replace(answer, headers=(*headers, *added), body=body)
