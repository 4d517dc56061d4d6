"""What is recorded: how many copies of a checker say what about a probe, and whom the probe belongs to.

A probe's copies (the sidecars of a fleet) are told apart by labels of their targets. Those labels are aggregated
away here, once: so that what alerts are made of does not change when a task is replaced. All other labels stay,
because two estates may have probes of the same name.
"""

from collections.abc import Sequence

from checker.surfaces.rules.rule import Recording

COPIES = ("instance", "pod", "container_id", "task_arn")
"""Labels of targets that tell copies apart, by their usual names."""

KNOWN = "probe:checker_probe_known:count"
DOWN = "probe:checker_probe_down:count"
MASKED = "probe:checker_probe_masked:count"
DEGRADED = "probe:checker_probe_degraded:count"
UNKNOWN = "probe:checker_probe_unknown:count"
OVERDUE = "probe:checker_probe_overdue:count"
CERTIFICATE = "probe:checker_certificate_not_after_timestamp_seconds:min"
INFO = "probe:checker_probe_info:group"

PER_COPY = "on (job, instance, probe)"
"""How series of one probe on one copy are joined."""

_UNBLOCKED = f"unless {PER_COPY} (max_over_time(checker_probe_blocked[2m]) == 1)"
"""Also for a moment after that: what depends on something recovers a few runs later than that does, and until
then its state is that of a failure which was never its own."""

_OVERDUE = f"""\
(time() - checker_probe_last_run_timestamp_seconds)
  > {PER_COPY} group_left ()
(3 * checker_probe_interval_seconds + checker_probe_timeout_seconds)"""
_RANKED = """\
3 * checker_probe_info{severity="page"}
or
2 * checker_probe_info{severity="ticket"}
or
checker_probe_info"""


def recordings(copies: Sequence[str]) -> tuple[Recording, ...]:
    """Return the rules that count, for each probe, how many of its copies are in which trouble.

    Only those that can tell are known; blocked ones are neither down, masked nor degraded, because the
    dependency is. Masked asks what the platform says, and not for `checker_probe_masked`, which ends with the first
    run that passes: it has to last as long as down does, or the latter would page once more at the very end.
    """
    down = '(checker_probe_state{state="down"} == 1)'
    masked = f"{down}\n  and {PER_COPY} (checker_probe_shallow_success == 1)"
    return (
        Recording(KNOWN, _count(copies, '(checker_probe_state{state=~"up|degraded|down"} == 1)')),
        Recording(DOWN, _count(copies, f"{down}\n  {_UNBLOCKED}")),
        Recording(MASKED, _count(copies, f"{masked}\n  {_UNBLOCKED}")),
        Recording(
            DEGRADED, _count(copies, f'(checker_probe_state{{state="degraded"}} == 1)\n  {_UNBLOCKED}')
        ),
        Recording(UNKNOWN, _count(copies, '(checker_probe_state{state="unknown"} == 1)')),
        Recording(OVERDUE, _count(copies, _OVERDUE)),
        Recording(CERTIFICATE, f"min {without(copies)} (checker_certificate_not_after_timestamp_seconds)"),
        Recording(INFO, _owners(copies)),
    )


def without(copies: Sequence[str], *more: str) -> str:
    """Return the clause of an aggregation that takes all copies together."""
    return f"without ({', '.join((*copies, *more))})"


def indented(text: str) -> str:
    """Return a part of an expression two columns further right."""
    return "\n".join(f"  {line}" for line in text.splitlines())


def _count(copies: Sequence[str], expression: str) -> str:
    return f"count {without(copies, 'state')} (\n{indented(expression)}\n)"


def _owners(copies: Sequence[str]) -> str:
    """While a change of owner or severity is rolled out, copies disagree: one series is taken, the most severe.

    Two would make every join an error, and an error is an alert that does not fire.
    """
    one = f"topk {without(copies, 'kind', 'severity', 'owner', 'runbook')} (1,\n{indented(_RANKED)}\n)"
    return f"group {without(copies, 'kind')} (\n{indented(one)}\n)"
