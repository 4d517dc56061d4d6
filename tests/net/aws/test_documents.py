from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import botocore.session
import pytest
from botocore.model import ShapeResolver
from jmespath import compile as path  # type: ignore[import-untyped]

from checker.net.aws.documents import WITHHELD, document, is_secret, merged

SESSION = botocore.session.Session()


def told(service: str, operation: str, answer: Any) -> Any:
    """Return the document of an answer to a call."""
    model = SESSION.get_service_model(service).operation_model(operation)
    return document(answer, model.output_shape)


def test_times_are_texts() -> None:
    answer = {
        "CreatedDate": datetime(2025, 11, 20, 12, 0, tzinfo=timezone(timedelta(hours=1))),
        "LastChangedDate": datetime(2025, 11, 20, 12, 0, 0, 250_000, tzinfo=UTC),
        "RotationEnabled": True,
        "VersionIdsToStages": {"v": ["AWSCURRENT"]},
    }
    assert {
        "CreatedDate": "2025-11-20T11:00:00Z",
        "LastChangedDate": "2025-11-20T12:00:00.250Z",
        "RotationEnabled": True,
        "VersionIdsToStages": {"v": ["AWSCURRENT"]},
    } == told("secretsmanager", "DescribeSecret", answer)


def test_times_in_milliseconds_are_texts_too() -> None:
    stream = {
        "logStreamName": "app/1",
        "lastEventTimestamp": 1_728_986_400_250,
        "storedBytes": 1_728_986_400_250,
    }
    assert {"logStreams": [{**stream, "lastEventTimestamp": "2024-10-15T10:00:00.250Z"}]} == told(
        "logs", "DescribeLogStreams", {"logStreams": [stream]}
    )


def test_an_offset_in_milliseconds_is_no_time() -> None:
    answer = {"Labels": [{"Timestamp": 61_500}]}
    assert answer == told("rekognition", "GetLabelDetection", answer)


def test_bytes_never_get_out() -> None:
    item = {"Item": {"id": {"S": "a"}, "n": {"N": "1"}, "picture": {"B": b"\0\1"}, "set": {"BS": [b"\2"]}}}
    assert {
        "Item": {"id": {"S": "a"}, "n": {"N": "1"}, "picture": {"B": WITHHELD}, "set": {"BS": [WITHHELD]}}
    } == told("dynamodb", "GetItem", item)


def test_what_aws_calls_sensitive_never_gets_out() -> None:
    answer = {"FunctionName": "f", "Environment": {"Variables": {"KEY": "hunter2"}}}
    assert {"FunctionName": "f", "Environment": {"Variables": WITHHELD}} == told(
        "lambda", "GetFunctionConfiguration", answer
    )


def test_what_is_called_like_a_secret_never_gets_out() -> None:
    oidc = {"ClientId": "me", "ClientSecret": "hunter2", "TokenEndpoint": "https://auth.example.org/token"}
    answer = {
        "Rules": [
            {"Priority": "1", "Actions": [{"Type": "authenticate-oidc", "AuthenticateOidcConfig": oidc}]}
        ]
    }
    (rule,) = told("elbv2", "DescribeRules", answer)["Rules"]
    assert {"ClientId": "me", "ClientSecret": WITHHELD} == {
        key: rule["Actions"][0]["AuthenticateOidcConfig"][key] for key in ("ClientId", "ClientSecret")
    }


def test_neither_do_lists_and_mappings_of_them_nor_what_stands_a_level_below() -> None:
    assert {"UserData": WITHHELD, "InstanceId": "i"} == told(
        "ec2", "DescribeInstanceAttribute", {"UserData": {"Value": "aHVudGVyMg=="}, "InstanceId": "i"}
    )
    secret = {"SecretArn": "arn", "SecretStatus": "active"}
    answer = {
        "DBInstances": [{"MasterUserSecret": secret, "PendingModifiedValues": {"MasterUserPassword": "x"}}]
    }
    (instance,) = told("rds", "DescribeDBInstances", answer)["DBInstances"]
    assert {"MasterUserSecret": secret, "PendingModifiedValues": {"MasterUserPassword": WITHHELD}} == instance
    hosts = {"hostKeys": ["a"]}
    assert hosts == document(hosts, _shape({"hostKeys": _LIST}))
    assert {"tokens": WITHHELD} == document({"tokens": ["hunter2"]}, _shape({"tokens": _LIST}))
    assert {"secrets": WITHHELD} == document({"secrets": {"a": "hunter2"}}, _shape({"secrets": _MAP}))


_LIST = {"type": "list", "member": {"shape": "Text"}}
_MAP = {"type": "map", "key": {"shape": "Text"}, "value": {"shape": "Text"}}


def _shape(members: dict[str, Any]) -> Any:
    """Return botocore's model of a structure with these members."""
    shapes = {name: {"shape": f"Of{name}"} for name in members}
    model = {f"Of{name}": member for name, member in members.items()}
    resolver = ShapeResolver(
        {"Whole": {"type": "structure", "members": shapes}, "Text": {"type": "string"}, **model}
    )
    return resolver.get_shape_by_name("Whole")


def test_what_the_model_does_not_know_is_no_way_out() -> None:
    assert {"SDK_UNKNOWN_MEMBER": {"name": "x"}}.keys() == told(
        "ecs", "ListClusters", {"SDK_UNKNOWN_MEMBER": {"name": "x"}}
    ).keys()
    assert {"clusterArns": WITHHELD} == told("ecs", "ListClusters", {"clusterArns": object()})
    assert {} == document({"a": 1}, None)


@pytest.mark.parametrize(
    "name",
    [
        *("Password", "masterUserPassword", "ClientSecret", "secretAccessKey", "sessionToken", "authToken"),
        *(
            "basicAuthCredentials",
            "privateKey",
            "apiKey",
            "ApiKey",
            "presignedUrl",
            "PreSignedUrl",
            "UserData",
        ),
        *("authCodeUrl", "CdnIdentifierSecret", "passphrase", "downloadUrl", "LicenseKey"),
    ],
)
def test_what_is_called_like_a_secret(name: str) -> None:
    assert is_secret(name)


@pytest.mark.parametrize(
    "name",
    [
        *(
            "SecretArn",
            "secretArns",
            "AccessKeyId",
            "PasswordPolicy",
            "masterUserPasswordStatus",
            "TokenType",
        ),
        *("name", "QueueUrl", "TableName", "credentialProviderType", "SecretVersion", "keyMaterialId"),
    ],
)
def test_what_only_names_one(name: str) -> None:
    assert not is_secret(name)


def test_pages_become_one() -> None:
    pages = (
        {
            "Items": [1, 2],
            "Count": 2,
            "Nested": {"Names": ["a"]},
            "Map": {"a": 1},
            "Next": "2",
            "ResponseMetadata": {},
        },
        {"Items": [3], "Count": 1, "Nested": {"Names": ["b"]}, "Map": {"b": 2}},
        {"Count": 0, "Last": "x"},
    )
    keys = [path(key) for key in ("Items", "Count", "Nested.Names", "Map", "None", "Last")]
    assert {
        "Items": [1, 2, 3],
        "Count": 3,
        "Nested": {"Names": ["a", "b"]},
        "Map": {"a": 1, "b": 2},
        "Last": "x",
    } == merged(pages, keys)
    assert {"Count": 0, "Last": "x"} == merged(pages[2:], keys)
