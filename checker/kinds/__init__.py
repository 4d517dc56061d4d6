"""The kinds of steps: one file each, all of which turn a spec into named facts.

Beside them: `contract.py` says what a kind is, and what several kinds share in their specs and in what becomes of them
has a module each.
"""

from collections.abc import Mapping
from typing import Any

from checker.kinds.alarms import AlarmsKind
from checker.kinds.aws import AwsCallKind
from checker.kinds.aws_identity import AwsIdentityKind
from checker.kinds.aws_secret import AwsSecretKind
from checker.kinds.callback import CallbackKind
from checker.kinds.contract import Kind, Tools
from checker.kinds.dns import DnsKind
from checker.kinds.ecs_inventory import EcsInventoryKind
from checker.kinds.ecs_service import EcsServiceKind
from checker.kinds.ecs_task import EcsTaskKind
from checker.kinds.heartbeat import HeartbeatKind
from checker.kinds.http import HttpKind
from checker.kinds.sqs_queue import SqsQueueKind
from checker.kinds.target_group import TargetGroupKind
from checker.kinds.tcp import TcpKind
from checker.kinds.tls import TlsKind

KINDS: tuple[type[Kind[Any]], ...] = (
    *(HttpKind, DnsKind, TcpKind, TlsKind),
    *(CallbackKind, HeartbeatKind),
    *(AwsIdentityKind, EcsInventoryKind, EcsServiceKind, EcsTaskKind),
    *(AwsSecretKind, SqsQueueKind, TargetGroupKind, AlarmsKind, AwsCallKind),
)
"""All kinds; a step names one by its `name`."""


def build(tools: Tools) -> Mapping[str, Kind[Any]]:
    """Return an object of every kind, by name."""
    return {kind.name: kind(tools) for kind in KINDS}
