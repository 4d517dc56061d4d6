"""The secrets of a configuration: where each of them is read from."""

from collections.abc import Mapping

from checker.config.configuration import Config
from checker.config.models import SecretConfig
from checker.core.clock import Clock
from checker.net.aws.accounts import chosen
from checker.net.aws.calls import Aws
from checker.net.aws.secret import CURRENT, ManagedSecret, Parameter
from checker.secrets.remote import Keeping
from checker.secrets.sources import EnvSource, FileSource, Source
from checker.secrets.store import SecretStore

REFRESH = 900.0
"""Seconds that a value fetched from AWS serves, unless `refresh` says otherwise."""


def secret_store(config: Config, environment: Mapping[str, str], clock: Clock | None = None) -> SecretStore:
    """Return the secrets of a configuration, none of which has been read."""
    return SecretStore(secret_sources(config, environment, clock=clock), clock)


def secret_sources(
    config: Config, environment: Mapping[str, str], aws: Aws | None = None, clock: Clock | None = None
) -> Mapping[str, Source]:
    """Return where each secret of the configuration is read from; those of AWS are asked for by `aws`."""
    aws = aws or Aws()
    return {name: _source(secret, config, environment, aws, clock) for name, secret in config.secrets.items()}


def _source(
    secret: SecretConfig, config: Config, environment: Mapping[str, str], aws: Aws, clock: Clock | None
) -> Source:
    hosts = None if secret.hosts is None else frozenset(secret.hosts)
    if secret.env is not None:
        return EnvSource(secret.env, hosts, environment)
    if secret.file is not None:
        return FileSource(config.base_directory / secret.file, hosts)
    aws.load()
    account = chosen(config.accounts, secret.account)
    keeping = Keeping(hosts, REFRESH if secret.refresh is None else secret.refresh, clock or Clock())
    if secret.aws_parameter is not None:
        return Parameter(aws, account, secret.aws_parameter, keeping)
    stage = secret.stage or CURRENT
    return ManagedSecret(aws, account, secret.aws_secret or "", secret.field_, stage, keeping)
