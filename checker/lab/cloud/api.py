"""moto's server in this process, so that its state can be set, and what leads clients to it."""

import logging
import os
import re
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Self

import botocore.session
from moto import backends
from moto.core.base_backend import BackendDict
from moto.core.model_instances import reset_model_data
from moto.moto_server.werkzeug_app import (
    DomainDispatcherApplication,
    MotoRequestHandler,
    create_backend_app,
)
from werkzeug.serving import BaseWSGIServer, make_server

ACCOUNT = "123456789012"
"""Where everything happens: moto takes every access key that it has not issued itself for this account's."""

REGION = "eu-west-1"
KEY = "AKIAEXAMPLE"

_LEAVES_WITHIN = 0.02
"""Seconds after which the server notices that it is to stop; werkzeug's default is half a second."""

_SIGNED = re.compile(r"Credential=(?P<key>[^/]+)/[^/]+/[^/]+/(?P<service>[^/]+)/")


class Api:
    """An empty AWS account while the context is open; one at a time in a process, as moto's state is global."""

    def __init__(self) -> None:
        self._clients: dict[str, Any] = {}
        self._asked: dict[str, set[str]] = defaultdict(set)
        self._server: BaseWSGIServer | None = None
        self._thread: threading.Thread | None = None
        self._environment: Mapping[str, str] = {}

    def __enter__(self) -> Self:
        self._environment = _taken_from_environment()
        self._session = botocore.session.Session()
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        app = self._heard(DomainDispatcherApplication(create_backend_app))
        self._server = server = make_server(
            "127.0.0.1", 0, app, threaded=True, request_handler=MotoRequestHandler
        )
        self._thread = threading.Thread(target=server.serve_forever, args=(_LEAVES_WITHIN,), daemon=True)
        self._thread.start()
        self.endpoint = f"http://127.0.0.1:{server.server_port}"
        return self

    def __exit__(self, *_: object) -> None:
        for client in self._clients.values():
            client.close()
        if self._server and self._thread:
            self._server.shutdown()
            self._thread.join()
            self._server.server_close()
        BackendDict.reset()
        reset_model_data()
        os.environ.update(self._environment)

    @property
    def environment(self) -> Mapping[str, str]:
        """The variables that lead botocore here, and nowhere else."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": KEY,
            "AWS_SECRET_ACCESS_KEY": "example",
            "AWS_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        }

    def client(self, service: str) -> Any:
        """Return botocore's client of a service, as people and deployments use it."""
        if service not in self._clients:
            self._clients[service] = self._session.create_client(
                service,
                region_name=REGION,
                endpoint_url=self.endpoint,
                aws_access_key_id=KEY,
                aws_secret_access_key="example",  # noqa: S106 - moto takes any
            )
        return self._clients[service]

    def state(self, service: str) -> Any:
        """Return moto's own state of a service in this account and region."""
        find: Any = backends.get_backend
        return find(service)[ACCOUNT][REGION]

    def asked(self, key: str) -> frozenset[str]:
        """Return the services that were called with an access key, by the names that requests are signed for."""
        return frozenset(self._asked[key])

    def _heard(self, app: Callable[..., Iterable[bytes]]) -> Callable[..., Iterable[bytes]]:
        def listening(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
            if signed := _SIGNED.search(environ.get("HTTP_AUTHORIZATION", "")):
                self._asked[signed["key"]].add(signed["service"])
            return app(environ, start_response)

        return listening


def _taken_from_environment() -> dict[str, str]:
    """Take what leads clients elsewhere, such as the name of a profile, out of this process, moto's own included."""
    return {name: os.environ.pop(name) for name in tuple(os.environ) if name.startswith("AWS_")}
