"""Secrets Manager: moto says of every version that it was made just now, whenever it is asked."""

import json
from collections.abc import Callable
from typing import Any

from checker.lab.cloud.api import Api


class Secrets:
    """The secrets of the account, by their names."""

    def __init__(self, api: Api) -> None:
        self._client = api.client("secretsmanager")
        state = api.state("secretsmanager")
        state.list_secret_version_ids = _dated(state, state.list_secret_version_ids)

    def create(self, name: str, value: str) -> None:
        """Keep a first version."""
        self._client.create_secret(Name=name, SecretString=value)

    def rotate(self, name: str, value: str) -> None:
        """Keep another version, which is AWSCURRENT from now on."""
        self._client.put_secret_value(SecretId=name, SecretString=value)


def _dated(state: Any, list_versions: Callable[..., str]) -> Callable[..., str]:
    """Return moto's ListSecretVersionIds with the dates that it knows, in whole seconds, but does not tell."""

    def listed(secret_id: str) -> str:
        answer = json.loads(list_versions(secret_id))
        versions = state.secrets[secret_id].versions
        for version in answer["Versions"]:
            version["CreatedDate"] = versions[version["VersionId"]]["createdate"]
        return json.dumps(answer)

    return listed
