"""What a probe may ask, held against all that AWS has: botocore's own lists of its services and calls."""

import re
from functools import cache

import botocore.session
import pytest

from checker.net.aws.readonly import refused

SUSPICIOUS = re.compile(
    r"Secret|Passw|Token|Credential|ApiKey|APIKey|AccessKey|PrivateKey|(?:Url|URL|Uri)s?$|[Ss]igned|StreamKey"
    r"|AuthCode|SessionEndpoint|(?:Data|Instance|Compute)Access$|LoginProfile|KeyPair$|GetKey$|DownloadLink|IceServer"
    r"|ConnectionDetails|KeyMaterial|(?:Document|Message|Asset)Content|RawMessage|GetMedia$|Wallet|Decrypt|Console(?:Output|Screenshot)"
)
"""Names of calls that may hand out what gives access, or what people have stored."""

HARMLESS = {
    "sqs": ("GetQueueUrl",),  # the address of a queue, without a signature
    "secretsmanager": ("DescribeSecret", "ListSecretVersionIds", "ListSecrets"),  # all but the values
    "kafka": ("ListScramSecrets",),  # their ARNs
    "iam": ("GetAccessKeyLastUsed", "ListAccessKeys", "GetLoginProfile"),  # ids and times
    "ivs": ("GetPlaybackKeyPair",),  # name and fingerprint
    "lightsail": ("GetKeyPair",),  # name and fingerprint
    "cloudfront-keyvaluestore": ("GetKey",),  # its value is marked as sensitive, and withheld
    "payment-cryptography": ("GetKey",),  # what it is for
    "bedrock-agentcore-control": ("GetTokenVault",),  # how it is encrypted
    "license-manager": ("ListTokens",),  # ids and dates
    "grafana": ("ListWorkspaceServiceAccountTokens",),  # ids and dates
    "codedeploy": ("ListGitHubAccountTokenNames",),
    "managedblockchain-query": ("BatchGetTokenBalance", "GetTokenBalance", "ListTokenBalances"),  # public
    "sso-admin": ("DescribeTrustedTokenIssuer", "ListTrustedTokenIssuers"),
    "ec2": ("DescribeIpamExternalResourceVerificationTokens",),  # their values are withheld by their name
    "odb": ("GetAutonomousDatabaseWalletDetails",),  # where its password is kept, and since when
    "waf": ("GetChangeTokenStatus",),
    "waf-regional": ("GetChangeTokenStatus",),
}
"""Those of them that were looked at: what they answer with gives nobody anything."""


@cache
def operations() -> tuple[tuple[str, str, bool], ...]:
    """Return every call of every service, and whether its answer is a stream."""
    session = botocore.session.Session()
    models = {name: session.get_service_model(name) for name in session.get_available_services()}
    return tuple(
        (service, name, refused(service, name) is None and _streams(model.operation_model(name)))
        for service, model in models.items()
        for name in model.operation_names
    )


def _streams(model: object) -> bool:
    return bool(model.has_streaming_output or model.has_event_stream_output)  # type: ignore[attr-defined]


def test_only_what_begins_like_a_look_is_admitted() -> None:
    admitted = {(service, name) for service, name, _ in operations() if refused(service, name) is None}
    assert len(admitted) > 5000
    assert set() == {
        one for one in admitted if not re.match(r"(?:Describe|Get|List|BatchGet)[A-Z0-9]", one[1])
    }


def test_what_is_admitted_and_looks_as_if_it_handed_something_out_was_looked_at() -> None:
    known = {(service, name) for service, names in HARMLESS.items() for name in names}
    seen = {
        (service, name)
        for service, name, streams in operations()
        if refused(service, name) is None and not streams and SUSPICIOUS.search(name)
    }
    assert set() == {one for one in seen if one not in known}


@pytest.mark.parametrize(
    ("service", "operation"),
    [
        *(
            ("secretsmanager", name)
            for name in ("GetSecretValue", "BatchGetSecretValue", "GetRandomPassword")
        ),
        *(
            ("ssm", name)
            for name in ("GetParameter", "GetParameters", "GetParametersByPath", "GetParameterHistory")
        ),
        *(
            ("s3", name)
            for name in ("GetObject", "GetObjectTorrent", "PutObject", "DeleteObject", "HeadObject")
        ),
        *(
            ("sts", name)
            for name in ("GetSessionToken", "GetFederationToken", "AssumeRole", "GetAccessKeyInfo")
        ),
        *(("ecr", name) for name in ("GetAuthorizationToken", "GetDownloadUrlForLayer", "PutImage")),
        *(("codeartifact", "GetAuthorizationToken"), ("ecr-public", "GetAuthorizationToken")),
        *(("lambda", name) for name in ("GetFunction", "Invoke")),
        *(("rds", "DownloadDBLogFilePortion"), ("redshift", "GetClusterCredentials")),
        *(
            ("ec2", name)
            for name in ("GetPasswordData", "GetConsoleOutput", "GetConsoleScreenshot", "StopInstances")
        ),
        *(
            ("iam", name)
            for name in ("GetCredentialReport", "ListServiceSpecificCredentials", "CreateAccessKey")
        ),
        *(("kms", name) for name in ("GetParametersForImport", "Decrypt", "GenerateDataKey")),
        *(("cognito-identity", name) for name in ("GetCredentialsForIdentity", "GetOpenIdToken")),
        *(
            ("cognito-idp", name)
            for name in ("GetUserAttributeVerificationCode", "ListUserPoolClientSecrets")
        ),
        *(("apigateway", name) for name in ("GetApiKey", "GetApiKeys", "GetUsagePlanKeys")),
        *(("appsync", "ListApiKeys"), ("wafv2", "GetDecryptedAPIKey"), ("lightsail", "GetBucketAccessKeys")),
        *(
            ("emr", "GetClusterSessionCredentials"),
            ("athena", "GetSessionEndpoint"),
            ("gamelift", "GetInstanceAccess"),
        ),
        *(("kinesis", "GetRecords"), ("dynamodbstreams", "GetRecords"), ("logs", "GetLogEvents")),
        *(("stepfunctions", "GetActivityTask"), ("sqs", "ReceiveMessage"), ("sqs", "PurgeQueue")),
        *(("ecs", "ExecuteCommand"), ("ecs", "DeleteService"), ("dynamodb", "Scan"), ("dynamodb", "Query")),
        *(
            ("support", "GetAttachmentDownloadLink"),
            ("quicksight", "GetDashboardEmbedUrl"),
            ("ivs", "GetStreamKey"),
        ),
        *(("sso", "GetRoleCredentials"), ("s3control", "GetDataAccess"), ("chime", "DescribeNothing ")),
        *(("ecs", "describeServices"), ("ecs", "Describe"), ("ecs", "")),
    ],
)
def test_what_must_never_be_asked(service: str, operation: str) -> None:
    assert refused(service, operation)


@pytest.mark.parametrize(
    ("service", "operation"),
    [
        *(("ecs", name) for name in ("DescribeServices", "ListTasks", "DescribeTaskDefinition")),
        *(("dynamodb", name) for name in ("DescribeTable", "GetItem", "BatchGetItem", "ListTables")),
        *(("route53", name) for name in ("ListResourceRecordSets", "GetHealthCheck", "ListHostedZones")),
        *(("elbv2", name) for name in ("DescribeLoadBalancers", "DescribeTargetHealth")),
        *(("sqs", name) for name in ("GetQueueUrl", "GetQueueAttributes")),
        *(("logs", name) for name in ("DescribeLogStreams", "DescribeLogGroups")),
        *(("secretsmanager", "DescribeSecret"), ("ssm", "DescribeParameters"), ("ecr", "BatchGetImage")),
        *(("lambda", "GetFunctionConfiguration"), ("s3", "ListObjectsV2"), ("iam", "ListAccessKeys")),
    ],
)
def test_what_the_incidents_are_seen_by_may_be_asked(service: str, operation: str) -> None:
    assert refused(service, operation) is None
