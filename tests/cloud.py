"""A real AWS API on loopback, moto's server, and what the product's own code needs to ask it.

State is kept by account: credentials whose key begins like `AKIAEXAMPLE` are of moto's default account, 123456789012.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import botocore.session
import httpx
import pytest
from moto.server import ThreadedMotoServer

ACCOUNT = "123456789012"
REGION = "eu-west-1"


@dataclass(frozen=True, slots=True)
class Cloud:
    """Where the API is; `client` makes what tests set it up with."""

    endpoint: str

    def client(self, service: str) -> Any:
        """Return botocore's client of a service."""
        return botocore.session.Session().create_client(
            service, region_name=REGION, endpoint_url=self.endpoint
        )


def environment(endpoint: str) -> dict[str, str]:
    """Return the variables that lead botocore to an endpoint, and nowhere else."""
    return {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "example",
        "AWS_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }


@contextmanager
def asking(endpoint: str) -> Iterator[None]:
    """Let every client that is made meanwhile ask an endpoint."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            patch.delenv(name)
        for name, value in environment(endpoint).items():
            patch.setenv(name, value)
        yield


@contextmanager
def cloud() -> Iterator[Cloud]:
    """Yield a fresh AWS, empty but for what every account has."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    httpx.post(f"http://{host}:{port}/moto-api/reset").raise_for_status()  # moto's state is the process's
    try:
        with asking(f"http://{host}:{port}"):
            yield Cloud(f"http://{host}:{port}")
    finally:
        server.stop()
