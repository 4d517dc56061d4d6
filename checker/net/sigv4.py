"""AWS Signature Version 4, for APIs behind IAM.

Source: "Signing AWS API requests" in the IAM User Guide. The path is encoded once more than it is sent, except for
S3. A header with the body's hash is signed as well: S3 and OpenSearch Serverless want it, the others accept it.
"""

import hashlib
import hmac
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple
from urllib.parse import quote, unquote

import httpx

from checker.core.errors import Trouble
from checker.core.reason import Reason

VARIABLES = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
_ALGORITHM = "AWS4-HMAC-SHA256"
_UNRESERVED = "-_.~"


class Credentials(NamedTuple):
    """An access key; `token` belongs to temporary ones."""

    access_key: str
    secret_key: str
    token: str | None = None

    def __repr__(self) -> str:
        return f"Credentials({self.access_key!r})"


def environment_credentials(environment: Mapping[str, str] = os.environ) -> Credentials:
    """Return the credentials of the standard variables; raises Trouble(secret_unavailable) where there are none."""
    for name in VARIABLES:
        if not environment.get(name):
            raise Trouble(
                Reason.SECRET_UNAVAILABLE, f"sigv4 needs {name}, which is not set in the environment"
            )
    token = environment.get("AWS_SESSION_TOKEN") or None
    return Credentials(environment["AWS_ACCESS_KEY_ID"], environment["AWS_SECRET_ACCESS_KEY"], token)


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs requests for one service in one region."""

    service: str
    region: str

    def sign(self, request: httpx.Request, credentials: Credentials, now: float) -> None:
        """Sign a request whose body is read, as of `now` (seconds since the epoch)."""
        moment = datetime.fromtimestamp(now, UTC).strftime("%Y%m%dT%H%M%SZ")
        body_hash = hashlib.sha256(request.content).hexdigest()
        request.headers.update({"X-Amz-Date": moment, "X-Amz-Content-Sha256": body_hash})
        if credentials.token:
            request.headers["X-Amz-Security-Token"] = credentials.token
        signed = {
            name: value
            for name, value in request.headers.items()
            if name in ("host", "content-type") or name.startswith("x-amz-")
        }
        request.headers["Authorization"] = self.authorization(
            request.method, request.url, signed, body_hash, moment, credentials
        )

    def authorization(
        self,
        method: str,
        url: httpx.URL,
        headers: Mapping[str, str],
        body_hash: str,
        moment: str,
        credentials: Credentials,
    ) -> str:
        """Return the Authorization header; `headers` are those to sign, `moment` is as in X-Amz-Date."""
        lines = {name.lower(): " ".join(value.split()) for name, value in headers.items()}
        names = ";".join(sorted(lines))
        canonical = "\n".join(
            (
                method,
                self._path(url),
                _query(url),
                *(f"{name}:{lines[name]}" for name in sorted(lines)),
                "",
                names,
                body_hash,
            )
        )
        scope = f"{moment[:8]}/{self.region}/{self.service}/aws4_request"
        text = "\n".join((_ALGORITHM, moment, scope, hashlib.sha256(canonical.encode()).hexdigest()))
        signature = hmac.new(
            self._key(credentials.secret_key, moment[:8]), text.encode(), "sha256"
        ).hexdigest()
        return f"{_ALGORITHM} Credential={credentials.access_key}/{scope}, SignedHeaders={names}, Signature={signature}"

    def _path(self, url: httpx.URL) -> str:
        sent = url.raw_path.partition(b"?")[0].decode("ascii") or "/"
        return sent if self.service == "s3" else quote(sent, safe="/" + _UNRESERVED)

    def _key(self, secret: str, date: str) -> bytes:
        key = b"AWS4" + secret.encode()
        for part in (date, self.region, self.service, "aws4_request"):
            key = hmac.new(key, part.encode(), "sha256").digest()
        return key


def _query(url: httpx.URL) -> str:
    pairs = (part.partition("=") for part in url.query.decode("ascii").split("&") if part)
    return "&".join(f"{name}={value}" for name, value in sorted((_again(n), _again(v)) for n, _, v in pairs))


def _again(part: str) -> str:
    return quote(unquote(part.replace("+", " ")), safe=_UNRESERVED)
