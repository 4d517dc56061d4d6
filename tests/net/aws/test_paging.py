from collections.abc import Mapping
from typing import Any

import botocore.session
import pytest
from botocore.exceptions import PaginationError, UnknownServiceError
from botocore.stub import Stubber

from checker.net.aws.documents import merged
from checker.net.aws.paging import Pages, all_pages


def answered(service: str, operation: str, asked: Mapping[str, Any], *answers: Mapping[str, Any]) -> Pages:
    """Ask botocore's own client, which is given these answers."""
    client = botocore.session.Session().create_client(
        service, region_name="eu-west-1", aws_access_key_id="a", aws_secret_access_key="b"
    )
    with Stubber(client) as stub:
        for one in answers:
            stub.add_response(_name(client, operation), dict(one))
        pages = all_pages(client, operation, asked)
        stub.assert_no_pending_responses()
    return pages


def _name(client: Any, operation: str) -> str:
    return next(str(name) for name, wire in client.meta.method_to_api_mapping.items() if wire == operation)


def test_what_botocore_can_page_is_paged_by_it() -> None:
    pages = answered(
        "ecs",
        "ListClusters",
        {},
        {"clusterArns": ["a", "b"], "nextToken": "more"},
        {"clusterArns": ["c"]},
    )
    assert {"clusterArns": ["a", "b", "c"]} == merged(*pages)


@pytest.mark.parametrize(
    ("service", "operation", "asked", "answers", "whole"),
    [
        (
            *("secretsmanager", "ListSecretVersionIds", {"SecretId": "a"}),
            (
                {"Versions": [{"VersionId": "1" * 32}], "NextToken": "2"},
                {"Versions": [{"VersionId": "2" * 32}]},
            ),
            {"Versions": [{"VersionId": "1" * 32}, {"VersionId": "2" * 32}]},
        ),
        (
            *("servicecatalog", "ListPortfolioAccess", {"PortfolioId": "a"}),
            ({"AccountIds": ["1"], "NextPageToken": "2"}, {"AccountIds": ["2"]}),
            {"AccountIds": ["1", "2"]},
        ),
        (
            *("lightsail", "GetAlarms", {}),
            ({"alarms": [{"name": "a"}], "nextPageToken": "2"}, {"alarms": [{"name": "b"}]}),
            {"alarms": [{"name": "a"}, {"name": "b"}]},
        ),
    ],
)
def test_what_it_cannot_is_followed_all_the_same(
    service: str, operation: str, asked: dict[str, Any], answers: Any, whole: dict[str, Any]
) -> None:
    assert whole == merged(*answered(service, operation, asked, *answers))


def test_what_has_no_pages_is_one() -> None:
    pages = answered("ecs", "DescribeServices", {"services": ["a"]}, {"services": [], "failures": []})
    assert ({"services": [], "failures": []},) == pages.pages


def test_a_way_that_leads_in_a_circle_is_trouble() -> None:
    again = {"Versions": [], "NextToken": "again"}
    with pytest.raises(PaginationError, match="NextToken came twice"):
        answered("secretsmanager", "ListSecretVersionIds", {"SecretId": "a"}, again, again)


def test_a_call_that_is_not_there_is_said() -> None:
    with pytest.raises(UnknownServiceError, match="ecs ListNothing"):
        answered("ecs", "ListNothing", {})
