"""moto's server in this process, so that its state can be set, and what leads clients to it."""

import logging
import os
from collections.abc import Mapping
from typing import Any, Self

import botocore.session
from moto import backends
from moto.server import ThreadedMotoServer

ACCOUNT = "123456789012"
REGION = "eu-west-1"


class Api:
    """An empty AWS account while the context is open; one at a time in a process, as moto's state is global."""

    def __init__(self) -> None:
        self._server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        self._clients: dict[str, Any] = {}

    def __enter__(self) -> Self:
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        self._server.start()
        host, port = self._server.get_host_and_port()
        self.endpoint = f"http://{host}:{port}"
        return self

    def __exit__(self, *_: object) -> None:
        for client in self._clients.values():
            client.close()
        self._server.stop()
        for name in _USED:
            _backends(name).reset()

    @property
    def environment(self) -> Mapping[str, str]:
        """The variables that lead botocore here, and nowhere else."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE",
            "AWS_SECRET_ACCESS_KEY": "example",
            "AWS_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        }

    def client(self, service: str) -> Any:
        """Return botocore's client of a service, as people and deployments use it."""
        if service not in self._clients:
            self._clients[service] = botocore.session.Session().create_client(
                service,
                region_name=REGION,
                endpoint_url=self.endpoint,
                aws_access_key_id="AKIAEXAMPLE",
                aws_secret_access_key="example",  # noqa: S106 - moto takes any
            )
        return self._clients[service]

    def state(self, service: str) -> Any:
        """Return moto's own state of a service in this account and region."""
        return _backends(service)[ACCOUNT][REGION]


_USED = (
    "ecs",
    "ecr",
    "ec2",
    "sqs",
    "elbv2",
    "cloudwatch",
    "secretsmanager",
    "dynamodb",
    "route53",
    "logs",
    "sts",
)


def _backends(service: str) -> Any:
    find: Any = backends.get_backend
    return find(service)
