"""What botocore raises, as Trouble: one table.

None of it is a verdict on the target, but that AWS knows of no such resource.
"""

import re
from collections.abc import Callable

from botocore import exceptions as aws
from botocore.parsers import ResponseParserError

from checker.core.errors import Trouble
from checker.core.reason import Reason

THROTTLES = frozenset(
    {
        *("Throttling", "ThrottlingException", "ThrottledException", "RequestThrottled", "SlowDown"),
        *(
            "RequestThrottledException",
            "TooManyRequestsException",
            "RequestLimitExceeded",
            "PriorRequestNotComplete",
        ),
        *("ProvisionedThroughputExceededException", "LimitExceededException", "BandwidthLimitExceeded"),
        *("TransactionInProgressException", "EC2ThrottledException"),
    }
)
"""Codes of "not so fast", as the standard retry mode of the AWS SDKs knows them."""

_PASSING = frozenset({500, 502, 503, 504})

_DENIALS = re.compile(
    r"AccessDenied|Unauthorized|NotAuthorized|UnrecognizedClient|InvalidClientTokenId|InvalidAccessKeyId"
    r"|Expired\w*Token|TokenRefreshRequired|SignatureDoesNotMatch|InvalidSignature|IncompleteSignature"
    r"|AuthFailure|MissingAuthenticationToken|OptInRequired|NotSignedUp|Forbidden"
)
_MISSING = re.compile(r"NotFound|NonExistent|DoesNotExist|NoSuch|ResourceNotReady\b|^404$")

_IAM_PREFIXES = {
    "cloudwatch": "cloudwatch",
    "elb": "elasticloadbalancing",
    "elbv2": "elasticloadbalancing",
    "stepfunctions": "states",
    "efs": "elasticfilesystem",
    "opensearch": "es",
    "application-autoscaling": "application-autoscaling",
    "dynamodbstreams": "dynamodb",
    "resourcegroupstaggingapi": "tag",
    "service-quotas": "servicequotas",
}
"""Where IAM calls a service otherwise than botocore (Service Authorization Reference)."""

_IAM_ACTIONS = {
    ("s3", "ListObjects"): "ListBucket",
    ("s3", "ListObjectsV2"): "ListBucket",
    ("s3", "ListBuckets"): "ListAllMyBuckets",
    ("s3", "HeadBucket"): "ListBucket",
    ("s3", "HeadObject"): "GetObject",
}


def iam_action(service: str, operation: str) -> str:
    """Return the action that a policy has to allow for a call, such as `elasticloadbalancing:DescribeTags`."""
    prefix = _IAM_PREFIXES.get(service, service)
    return f"{prefix}:{_IAM_ACTIONS.get((service, operation), operation)}"


def is_throttle(error: BaseException) -> bool:
    """Whether AWS wants us to slow down."""
    return isinstance(error, aws.ClientError) and _code(error) in THROTTLES


def is_passing(error: BaseException) -> bool:
    """Whether another attempt may well succeed: AWS's own trouble, or a connection that broke."""
    if isinstance(error, aws.ClientError):
        return error.response.get("ResponseMetadata", {}).get("HTTPStatusCode") in _PASSING
    return isinstance(error, aws.ConnectionClosedError | aws.EndpointConnectionError)


def trouble(error: Exception, service: str, operation: str) -> Trouble:
    """Return the Trouble that an exception of botocore is.

    AWS's name for what is missing makes it `resource_missing`, a verdict; all else is the checker's own.
    """
    if isinstance(error, Trouble):
        return error
    action = iam_action(service, operation)
    if isinstance(error, aws.ClientError):
        return _answered(error, action)
    for kinds, made in _TABLE:
        if isinstance(error, kinds):
            return made(action, _in_one_line(str(error)))
    raise error


def _answered(error: aws.ClientError, action: str) -> Trouble:
    code = _code(error)
    said = _in_one_line(f"{code}: {error.response.get('Error', {}).get('Message') or 'no message'}")
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
    if code in THROTTLES:
        return _own(Reason.AWS_THROTTLED, f"AWS throttles {action} ({said})")
    if _DENIALS.search(code):
        return _own(Reason.AWS_DENIED, f"AWS denies {action}: the credentials in use may not do it ({said})")
    if _MISSING.search(code):
        return Trouble(Reason.RESOURCE_MISSING, f"{action}: AWS knows of no such thing ({said})")
    if isinstance(status, int) and status >= 500:
        return _own(Reason.SERVER_ERROR, f"AWS itself failed at {action} ({said})")
    return _own(Reason.AWS_DENIED, f"AWS does not take the call {action} ({said})")


def _own(reason: Reason, message: str) -> Trouble:
    return Trouble(reason, message, own=True)


def _because(reason: Reason, what: str) -> Callable[[str, str], Trouble]:
    def made(action: str, said: str) -> Trouble:
        return _own(reason, f"{action}: {what} ({said})")

    return made


_TABLE: tuple[tuple[type[Exception] | tuple[type[Exception], ...], Callable[[str, str], Trouble]], ...] = (
    (
        (
            aws.NoCredentialsError,
            aws.PartialCredentialsError,
            aws.CredentialRetrievalError,
            aws.ProfileNotFound,
        ),
        _because(Reason.AWS_DENIED, "there are no AWS credentials that could be used"),
    ),
    (
        (aws.SSOError, aws.TokenRetrievalError, aws.RefreshWithMFAUnsupportedError),
        _because(Reason.AWS_DENIED, "the AWS credentials cannot be renewed"),
    ),
    (
        aws.NoRegionError,
        _because(Reason.AWS_DENIED, "no region is configured; say one under aws, or in AWS_REGION"),
    ),
    (aws.ConnectTimeoutError, _because(Reason.CONNECT_TIMEOUT, "the AWS API does not take a connection")),
    (aws.ReadTimeoutError, _because(Reason.TIMEOUT, "the AWS API did not answer in time")),
    (aws.SSLError, _because(Reason.TLS_UNTRUSTED, "the AWS API's certificate cannot be verified")),
    (aws.EndpointConnectionError, _because(Reason.UNREACHABLE, "the AWS API cannot be reached")),
    (aws.HTTPClientError, _because(Reason.RESET, "the connection to the AWS API broke")),
    (
        (
            aws.ParamValidationError,
            aws.UnknownServiceError,
            aws.OperationNotPageableError,
            aws.InvalidRegionError,
        ),
        _because(Reason.AWS_DENIED, "there is no such call"),
    ),
    (ResponseParserError, _because(Reason.PROTOCOL, "what answers is not the AWS API")),
    (aws.BotoCoreError, _because(Reason.AWS_DENIED, "the call could not be made")),
)


def _code(error: aws.ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code") or "an error without a code")


def _in_one_line(text: str) -> str:
    """Whole: what is too long is cut when secrets are struck out, as half of one would not be known again."""
    return " ".join(text.split())
