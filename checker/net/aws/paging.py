"""All pages of an answer, also where botocore does not know that there are any.

Some 800 calls that AWS answers in pages have no paginator in botocore, `ListSecretVersionIds` among them: whoever
trusts it takes the first page for all there is.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from botocore.exceptions import PaginationError, UnknownServiceError

from checker.core.errors import Trouble
from checker.core.reason import Reason

MOST_PAGES = 100

_TOKENS = (
    *(
        (name, name)
        for name in ("NextToken", "nextToken", "NextPageToken", "PaginationToken", "ContinuationToken")
    ),
    *(("NextPageToken", "PageToken"), ("nextPageToken", "pageToken")),
    *(("NextMarker", "Marker"), ("NextMarker", "NextMarker"), ("Marker", "Marker")),
)
"""What an answer calls the way to the next page, and what the question for it does."""


class Member(NamedTuple):
    """A member of an answer, as far as it is asked like the JMESPaths that botocore's paginators have."""

    expression: str

    def search(self, page: Mapping[str, Any]) -> Any:
        """Return its value; None where there is none."""
        return page.get(self.expression)


class Pages(NamedTuple):
    """The pages of an answer, and where in each of them its part of the whole is."""

    pages: tuple[Mapping[str, Any], ...]
    result_keys: tuple[Any, ...]


def all_pages(client: Any, operation: str, parameters: Mapping[str, Any]) -> Pages:
    """Return all pages of a call, by its name in AWS; raises Trouble where they are more than a hundred."""
    name = python_name(client, operation)
    if client.can_paginate(name):
        iterator = client.get_paginator(name).paginate(**parameters)
        return Pages(tuple(_bounded(iterator)), tuple(iterator.result_keys))
    method, model = getattr(client, name), client.meta.service_model.operation_model(operation)
    asked, answered = (shape.members if shape else {} for shape in (model.input_shape, model.output_shape))
    tokens = next((pair for pair in _TOKENS if pair[0] in answered and pair[1] in asked), None)
    if tokens is None:
        return Pages((method(**parameters),), ())
    lists = tuple(Member(key) for key, shape in answered.items() if shape.type_name == "list")
    return Pages(tuple(_bounded(_followed(method, parameters, *tokens))), lists)


def python_name(client: Any, operation: str) -> str:
    """Return the name of a client's method; raises UnknownServiceError for a call that is not there."""
    for name, wire_name in client.meta.method_to_api_mapping.items():
        if wire_name == operation:
            return str(name)
    raise UnknownServiceError(
        service_name=f"{client.meta.service_model.service_name} {operation}", known_service_names=[]
    )


def _followed(
    method: Callable[..., Any], parameters: Mapping[str, Any], told: str, asked: str
) -> Iterator[Mapping[str, Any]]:
    """Yield page after page, for as long as one leads to another."""
    seen: set[str] = set()
    page = method(**parameters)
    yield page
    while token := page.get(told):
        if token in seen:
            raise PaginationError(message=f"the same {told} came twice")
        seen.add(token)
        page = method(**{**parameters, asked: token})
        yield page


def _bounded(pages: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    for count, page in enumerate(pages):
        if count >= MOST_PAGES:
            # To go by a part of the list would be to miss what the rest holds.
            raise Trouble(Reason.AWS_DENIED, f"the answer has more than {MOST_PAGES} pages", own=True)
        yield page
