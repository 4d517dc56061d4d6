"""Which calls of AWS a probe may make: those that only look, and bring no secret back.

AWS names its calls by what they do; reading starts with one of four verbs. Among these are some that hand out
credentials, secrets or what people have stored: they are no business of a checker.
"""

import re

_READS = re.compile(r"(?:Describe|Get|List|BatchGet)[A-Z0-9]\w*")

_HANDS_OUT = re.compile(
    r"Password|Credential|AuthorizationToken|SessionToken|FederationToken|AccessDetails|AccessToken|WebIdentityToken"
    r"|SecretValue|ClientSecrets|RoleCredentials|SigninToken|DataKey|PublicKeyForImport|ParametersForImport"
    r"|ParametersForExport|AccessKeyInfo|BucketAccessKeys|A(?:pi|PI)Keys?$|UsagePlanKeys?$|StreamKeys?$|TokensFrom"
    r"|^Get\w*Token$|SessionEndpoint$|(?:Compute|Instance|Data)Access$|IceServerConfig|PlayerConnectionDetails"
    r"|(?:Url|URL|Urls)$|DownloadUrlFor|DownloadLink$|(?:Document|Message|Asset)Content$|MessageMedia$|^GetMedia$|^GetRecords$"
    r"|Console(?:Output|Screenshot)$"
)
"""What hands out secrets, addresses with a signature in them, or stored contents."""

_CONTENTS = frozenset(
    {
        *(
            ("ssm", name)
            for name in ("GetParameter", "GetParameters", "GetParametersByPath", "GetParameterHistory")
        ),
        *(("s3", name) for name in ("GetObject", "GetObjectTorrent")),
        ("cognito-identity", "GetOpenIdToken"),
        ("cognito-identity", "GetOpenIdTokenForDeveloperIdentity"),
        ("lambda", "GetFunction"),  # answers with an address to fetch the code from
        ("logs", "GetLogEvents"),
        ("logs", "GetLogRecord"),
    }
)

_DOES_SOMETHING = frozenset(
    {
        ("cognito-idp", "GetUserAttributeVerificationCode"),  # sends a message
        ("stepfunctions", "GetActivityTask"),  # takes a task away from those who wait for one
    }
)

_HARMLESS = frozenset({("sqs", "GetQueueUrl")})


def refused(service: str, operation: str) -> str | None:
    """Return why a call is not admitted; None where it is. Names are botocore's service and AWS's operation."""
    if not _READS.fullmatch(operation):
        return (
            f"{operation[:80]!r} may change something: only calls that begin with Describe, Get, List or BatchGet are"
            " admitted"
        )
    if (service, operation) in _DOES_SOMETHING:
        return f"{service} {operation} does more than to look"
    if (service, operation) in _HARMLESS:
        return None
    if _HANDS_OUT.search(operation) or (service, operation) in _CONTENTS:
        return f"{service} {operation} hands out secrets or stored contents, which a probe has no need to see"
    return None
