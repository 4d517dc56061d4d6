from pathlib import Path
from typing import Any

import jsonschema
import pytest

from checker.config.schema import json_schema
from checker.core.errors import Trouble
from checker.core.facts import Absent
from checker.core.outcome import Truth
from checker.core.reason import Reason, Result
from checker.kinds.aws import AwsCallKind
from checker.kinds.catalogue import unfit_parameters
from tests.cloud import Cloud
from tests.kinds.asking_aws import AskingAws, missed
from tests.kinds.stepping import problems, run

TABLE = {"service": "dynamodb", "operation": "DescribeTable", "parameters": {"TableName": "submissions"}}


WRITES = "'DeleteTable' may change something: only calls that begin with Describe, Get, List or BatchGet are admitted"


@pytest.fixture
def asking() -> AskingAws:
    return AskingAws(AwsCallKind)


@pytest.fixture(scope="module")
def _table(api: Cloud) -> None:
    client = api.client("dynamodb")
    client.create_table(
        TableName="submissions",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    client.put_item(
        TableName="submissions", Item={"id": {"S": "a"}, "picture": {"B": b"\0\1"}, "n": {"N": "1"}}
    )


@pytest.mark.usefixtures("_table")
async def test_the_whole_answer_is_a_document(asking: AskingAws) -> None:
    seen = await asking.observe(TABLE)
    table: Any = seen.facts.get("json")
    assert ("ACTIVE", 1) == (table["Table"]["TableStatus"], table["Table"]["ItemCount"])
    assert table["Table"]["CreationDateTime"].endswith("Z")
    assert (True, []) == (seen.facts.get("found"), missed(seen))
    assert seen.facts.get("latency")
    assert {"dynamodb:DescribeTable"} == asking.actions


@pytest.mark.usefixtures("_table")
async def test_captures_stand_in_parameters_and_bytes_stay_where_they_are(asking: AskingAws) -> None:
    spec = {
        "service": "dynamodb",
        "operation": "GetItem",
        "parameters": {"TableName": "submissions", "Key": {"id": {"S": "${work}"}}},
    }
    row: Any = (await asking.observe(spec, captures={"work": "a"})).facts.get("json")
    assert {"id": {"S": "a"}, "picture": {"B": "(withheld)"}, "n": {"N": "1"}} == row["Item"]
    assert {} == (await asking.observe(spec, captures={"work": "b"})).facts.get("json")


async def test_pages_are_one_answer(api: Cloud, asking: AskingAws) -> None:
    for number in range(130):
        api.client("ecs").create_cluster(clusterName=f"cluster-{number:03}")
    spec = {"service": "ecs", "operation": "ListClusters"}
    clusters: Any = (await asking.observe(spec)).facts.get("json")
    assert 130 == len(clusters["clusterArns"])
    elsewhere: Any = (await asking.observe({**spec, "region": "us-east-1"})).facts.get("json")
    assert [] == elsewhere["clusterArns"]


async def test_what_is_not_there_is_missing_unless_that_is_expected(asking: AskingAws) -> None:
    spec = {**TABLE, "parameters": {"TableName": "gone"}}
    seen = await asking.observe(spec)
    answer = seen.facts.get("json")
    assert isinstance(answer, Absent)
    assert (False, Reason.RESOURCE_MISSING, False) == (seen.facts.get("found"), answer.reason, answer.own)
    (verdict,) = missed(seen)
    assert (Truth.MISSES, Reason.RESOURCE_MISSING) == (verdict.verdict, verdict.reason)
    assert verdict.message.startswith("found: dynamodb:DescribeTable: AWS knows of no such thing (Resource")
    assert () == (await asking.observe(spec, asserted=["found"])).verdicts


async def test_what_may_not_be_asked_is_no_verdict() -> None:
    asking = AskingAws(AwsCallKind, refusing={"DescribeTable": "AccessDeniedException"})
    with pytest.raises(Trouble, match="AWS denies dynamodb:DescribeTable") as caught:
        await asking.observe(TABLE)
    assert (Reason.AWS_DENIED, True) == (caught.value.reason, caught.value.own)


# In a probe


@pytest.mark.usefixtures("api")
@pytest.mark.parametrize(
    ("expect", "result"),
    [
        ({"found": False}, (Result.PASS, None)),
        ({}, (Result.FAIL, Reason.RESOURCE_MISSING)),
        ({"json": {"$.Table.TableStatus": "ACTIVE"}}, (Result.FAIL, Reason.RESOURCE_MISSING)),
        ({"json": {"$.Table": {"exists": False}}}, (Result.FAIL, Reason.RESOURCE_MISSING)),
    ],
)
async def test_that_a_leftover_is_gone_is_an_expectation(
    tmp_path: Path, expect: dict[str, Any], result: tuple[Result, Reason | None]
) -> None:
    probe = {"aws": {**TABLE, "parameters": {"TableName": "leftover"}}}
    outcome = await run(tmp_path, {**probe, "expect": expect} if expect else probe)
    assert result == (outcome.result, outcome.reason)


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ({"service": "dynamo", "operation": "A"}, ["there is no service 'dynamo'; did you mean 'dynamodb'?"]),
        ({"service": "xyzzy", "operation": "A"}, ["there is no service 'xyzzy'"]),
        (
            {**TABLE, "operation": "describe_table"},
            ["dynamodb has no call 'describe_table'; did you mean 'DescribeTable'?"],
        ),
        ({**TABLE, "operation": "Xyzzy"}, ["dynamodb has no call 'Xyzzy'"]),
        (
            {**TABLE, "operation": "DeleteTable"},
            [WRITES],
        ),
        (
            {"service": "secretsmanager", "operation": "GetSecretValue", "parameters": {"SecretId": "a"}},
            [
                "secretsmanager GetSecretValue hands out secrets or stored contents, which a probe has no need to see"
            ],
        ),
        (
            {"service": "iot-data", "operation": "GetThingShadow", "parameters": {"thingName": "a"}},
            ["iot-data GetThingShadow answers with stored contents, which a probe has no need to see"],
        ),
        (
            {**TABLE, "parameters": {"tableName": "a"}},
            [
                "there is no parameter 'tableName'; did you mean 'TableName'?",
                "the parameter TableName is missing",
            ],
        ),
        (
            {**TABLE, "parameters": {"TableName": 7}},
            ["expected a text; quote what YAML reads as something else"],
        ),
        (
            {**TABLE, "parameters": {"TableName": ""}},
            ["Invalid length for parameter TableName, value: 0, valid min length: 1"],
        ),
        (
            {**TABLE, "parameters": {"TableName": "${secret.key}"}},
            ["a secret is no parameter of a call that only looks"],
        ),
        ({**TABLE, "account": "prod"}, ["there is no account 'prod' under aws; aws: declares none"]),
    ],
)
def test_what_cannot_be_asked_is_refused_when_the_file_is_read(
    tmp_path: Path, spec: dict[str, Any], said: list[str]
) -> None:
    assert sorted(said) == sorted(problems(tmp_path, {"aws": spec}, secrets={"key": {"env": "KEY"}}))


ITEM: dict[str, Any] = {"TableName": "a", "Key": {"id": {"S": "a"}}}
STATISTICS: dict[str, Any] = {
    "Namespace": "AWS/SQS",
    "MetricName": "NumberOfMessagesSent",
    "StartTime": "2025-11-20T11:00:00Z",
    "EndTime": 1_763_640_000,
    "Period": 60,
    "Statistics": ["Sum"],
}


@pytest.mark.parametrize(
    ("service", "operation", "parameters", "found"),
    [
        ("dynamodb", "GetItem", ITEM, []),
        ("dynamodb", "GetItem", {**ITEM, "Key": ["id"]}, [(("Key",), "expected a mapping")]),
        (
            *("dynamodb", "GetItem", {**ITEM, "Key": {"id": {"T": "a"}}}),
            [(("Key", "id", "T"), "there is no parameter 'T'")],
        ),
        ("dynamodb", "GetItem", {**ITEM, "Key": {"id": "a"}}, [(("Key", "id"), "expected a mapping")]),
        (
            *("dynamodb", "GetItem", {**ITEM, "ReturnConsumedCapacity": "total"}),
            [(("ReturnConsumedCapacity",), "there is no 'total' here")],
        ),
        ("ecs", "DescribeServices", {"services": "a"}, [(("services",), "expected a list")]),
        (
            *("ecs", "DescribeServices", {"services": ["a", 1]}),
            [(("services", 1), "expected a text; quote what YAML reads as something else")],
        ),
        ("sts", "GetCallerIdentity", {"a": 1}, [(("a",), "there is no parameter 'a'")]),
        ("ec2", "DescribeInstances", {"DryRun": True, "MaxResults": 5}, []),
        (
            *("ec2", "DescribeInstances", {"MaxResults": "five", "DryRun": 1}),
            [(("MaxResults",), "expected a whole number"), (("DryRun",), "expected true or false")],
        ),
        (
            *("cloudwatch", "GetMetricStatistics", {**STATISTICS, "Period": True}),
            [(("Period",), "expected a whole number")],
        ),
        ("cloudwatch", "GetMetricStatistics", STATISTICS, []),
        (
            *("cloudwatch", "GetMetricStatistics", {**STATISTICS, "EndTime": ["now"]}),
            [(("EndTime",), "expected a time, such as 2025-11-20T12:00:00Z")],
        ),
        (
            "dynamodb",
            "GetItem",
            {**ITEM, "Key": {"id": {"NULL": True, "B": 1}}},
            [(("Key", "id", "B"), "expected a text")],
        ),
        ("sts", "GetCallerIdentity", {}, []),
    ],
)
def test_parameters_are_held_against_their_model(
    service: str, operation: str, parameters: dict[str, Any], found: list[Any]
) -> None:
    seen = unfit_parameters(service, operation, parameters)
    assert found == [(path, said.partition("; did")[0]) for path, said in seen]


# As written


SCHEMA = jsonschema.Draft202012Validator(json_schema())


@pytest.mark.parametrize(
    "probe",
    [
        {"aws": TABLE, "expect": {"found": True}},
        {"aws": "prod", "aws_identity": {}},
        {"aws": "prod", "steps": [{"aws": TABLE, "expect": {"json": {"$.Table": {"exists": True}}}}]},
    ],
)
def test_editors_tell_the_kind_from_the_account(probe: dict[str, Any]) -> None:
    config = {"version": 1, "aws": {"prod": {"account": "123456789012"}}, "probes": {"p": probe}}
    assert [] == [error.message for error in SCHEMA.iter_errors(config)]


@pytest.mark.parametrize(
    "probe", [{"aws": TABLE, "aws_identity": {}}, {"aws": TABLE, "steps": [{"aws_identity": {}}]}]
)
def test_editors_refuse_two_kinds_at_once(probe: dict[str, Any]) -> None:
    assert not SCHEMA.is_valid({"version": 1, "probes": {"p": probe}})
