"""Whose fault it is when AWS gives no answer."""

from typing import Any

import pytest
from botocore import exceptions as aws
from botocore.parsers import ResponseParserError

from checker.core.errors import Trouble
from checker.core.reason import Reason
from checker.net.aws.failures import iam_action, is_passing, is_throttle, trouble


def refused(code: str, status: int = 400, message: str = "because") -> aws.ClientError:
    answer: Any = {
        "Error": {"Code": code, "Message": message},
        "ResponseMetadata": {"HTTPStatusCode": status},
    }
    return aws.ClientError(answer, "DescribeServices")


@pytest.mark.parametrize(
    ("error", "reason", "own"),
    [
        (refused("ThrottlingException"), Reason.AWS_THROTTLED, True),
        (refused("RequestLimitExceeded", 503), Reason.AWS_THROTTLED, True),
        (refused("AccessDeniedException"), Reason.AWS_DENIED, True),
        (refused("UnauthorizedOperation", 403), Reason.AWS_DENIED, True),
        (refused("ExpiredTokenException"), Reason.AWS_DENIED, True),
        (refused("UnrecognizedClientException"), Reason.AWS_DENIED, True),
        (refused("InvalidSignatureException"), Reason.AWS_DENIED, True),
        (refused("ClusterNotFoundException"), Reason.RESOURCE_MISSING, False),
        (refused("AWS.SimpleQueueService.NonExistentQueue"), Reason.RESOURCE_MISSING, False),
        (refused("QueueDoesNotExist"), Reason.RESOURCE_MISSING, False),
        (refused("NoSuchHostedZone", 404), Reason.RESOURCE_MISSING, False),
        (refused("InternalFailure", 500), Reason.SERVER_ERROR, True),
        (refused("ValidationException"), Reason.AWS_DENIED, True),
        (refused(""), Reason.AWS_DENIED, True),
        (aws.NoCredentialsError(), Reason.AWS_DENIED, True),
        (aws.ProfileNotFound(profile="x"), Reason.AWS_DENIED, True),
        (aws.CredentialRetrievalError(provider="x", error_msg="y"), Reason.AWS_DENIED, True),
        (aws.TokenRetrievalError(provider="x", error_msg="y"), Reason.AWS_DENIED, True),
        (aws.NoRegionError(), Reason.AWS_DENIED, True),
        (aws.ConnectTimeoutError(endpoint_url="http://x"), Reason.CONNECT_TIMEOUT, True),
        (aws.ReadTimeoutError(endpoint_url="http://x"), Reason.TIMEOUT, True),
        (aws.SSLError(endpoint_url="http://x", error="y"), Reason.TLS_UNTRUSTED, True),
        (aws.EndpointConnectionError(endpoint_url="http://x"), Reason.UNREACHABLE, True),
        (aws.ConnectionClosedError(endpoint_url="http://x"), Reason.RESET, True),
        (aws.ParamValidationError(report="x"), Reason.AWS_DENIED, True),
        (aws.UnknownServiceError(service_name="x", known_service_names=[]), Reason.AWS_DENIED, True),
        (ResponseParserError("x"), Reason.PROTOCOL, True),
        (aws.DataNotFoundError(data_path="x"), Reason.AWS_DENIED, True),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else str(value),
)
def test_every_failure_has_a_reason(error: Exception, reason: Reason, *, own: bool) -> None:
    told = trouble(error, "ecs", "DescribeServices")
    assert (reason, own) == (told.reason, told.own)
    assert "ecs:DescribeServices" in told.message


def test_a_denial_names_the_action_that_a_policy_lacks() -> None:
    told = trouble(refused("AccessDenied", 403, "User x is not authorized"), "elbv2", "DescribeTargetHealth")
    assert (
        "AWS denies elasticloadbalancing:DescribeTargetHealth: the credentials in use may not do it"
        " (AccessDenied: User x is not authorized)" == told.message
    )


def test_what_aws_says_is_one_line_and_whole_as_half_a_secret_could_not_be_struck_out() -> None:
    said = "x" * 1000 + "a-secret"
    told = trouble(refused("ValidationException", message=f"a\nb{said}"), "ecs", "DescribeTasks")
    assert f"a b{said}" in told.message


def test_trouble_and_bugs_pass_through() -> None:
    known = Trouble(Reason.DNS, "x")
    assert trouble(known, "ecs", "DescribeTasks") is known
    with pytest.raises(ZeroDivisionError):
        trouble(ZeroDivisionError(), "ecs", "DescribeTasks")


@pytest.mark.parametrize(
    ("service", "operation", "action"),
    [
        ("ecs", "DescribeTasks", "ecs:DescribeTasks"),
        ("stepfunctions", "ListExecutions", "states:ListExecutions"),
        ("s3", "ListObjectsV2", "s3:ListBucket"),
    ],
)
def test_actions_have_their_iam_names(service: str, operation: str, action: str) -> None:
    assert action == iam_action(service, operation)


def test_what_may_be_asked_again() -> None:
    assert is_throttle(refused("SlowDown"))
    assert not is_throttle(refused("AccessDenied"))
    assert not is_throttle(aws.NoCredentialsError())
    assert is_passing(refused("InternalFailure", 500))
    assert is_passing(aws.EndpointConnectionError(endpoint_url="http://x"))
    assert not is_passing(refused("AccessDenied", 403))
    assert not is_passing(aws.ReadTimeoutError(endpoint_url="http://x"))
