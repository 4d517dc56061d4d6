"""What was meant where something else is written: words of other tools, keys of other levels, values for mappings."""

from collections.abc import Collection
from collections.abc import Mapping as Map
from typing import Any

from pydantic import BaseModel

from checker.config.nodes import Mapping, Node, Scalar, Sequence
from checker.config.problems import did_you_mean
from checker.kinds.contract import Kind

MEANT: Map[str, str] = {
    **dict.fromkeys(("name", "id"), "step"),
    **dict.fromkeys(("assert", "assertions", "checks", "conditions", "response", "validate"), "expect"),
    **dict.fromkeys(("query", "querystring", "query_params"), "params"),
    **dict.fromkeys(("data", "payload"), "json"),
    **dict.fromkeys(("schedule", "every", "frequency", "period", "cron"), "interval"),
    **dict.fromkeys(("tags", "annotations"), "labels"),
    **dict.fromkeys(("requires", "needs", "dependencies"), "depends_on"),
    **dict.fromkeys(("ssl", "insecure", "verify_ssl"), "tls"),
    **dict.fromkeys(("follow_redirects", "allow_redirects"), "redirects"),
    **dict.fromkeys(("extract", "save", "store", "variables"), "capture"),
    **dict.fromkeys(("teardown", "finally"), "always"),
    **dict.fromkeys(("priority", "level"), "severity"),
    **dict.fromkeys(("team", "contact"), "owner"),
    **dict.fromkeys(("docs", "link"), "runbook"),
    **dict.fromkeys(("response_time", "duration"), "latency"),
    **dict.fromkeys(("code", "status_code"), "status"),
}
"""How other tools call what is a key or a fact here."""

EMPTY = "its value stands here or, indented, below"

_BESIDE = frozenset({"expect", "warn", "capture", "poll", "retry", "always", "step", "timeout", "interval"})

Kinds = Map[str, Kind[Any]]


def meant(key: str, known: Collection[str]) -> str:
    """Return a question with the key that another tool calls so; empty where there is none."""
    word = MEANT.get(key.lower())
    return f"did you mean {word!r}?" if word in known else ""


def elsewhere(key: str, node: Mapping, kinds: Kinds) -> str:
    """Return where a key of a step or a probe belongs: to what is asked, or to what is expected of the answer."""
    named = [kinds[name] for name in node.entries if name in kinds]
    for kind in (*named, *([kinds["http"]] if not named and "http" in kinds else [])):
        if key in _fields(kind.Spec):
            return f"it belongs under {kind.name}: {kind.name}: {{{key}: …}}"
        if key in {fact.name for fact in kind.facts}:
            return f"it belongs under expect: expect: {{{key}: …}}"
    return ""


def beside(key: str, name: str) -> str:
    """Return where a key within the spec of a kind belongs that is one of its step."""
    return f"it belongs beside {name}, not under it" if key in _BESIDE else ""


def _fields(model: type[BaseModel]) -> set[str]:
    return {field.alias or name for name, field in model.model_fields.items()}


def hides_a_kind(node: Mapping, known: Collection[str], kinds: Kinds) -> bool:
    """Whether an unknown key is a misspelt kind, or belongs under one: that is all that is wrong, and is said of it."""
    unknown = [key for key in node.entries if key not in known]
    return any(did_you_mean(key, kinds) or elsewhere(key, node, kinds) for key in unknown)


def of_kinds(kinds: Kinds) -> str:
    """Return what a step may name."""
    return f"the kinds are {', '.join(sorted(kinds))}"


def as_mapping(kind: Kind[Any]) -> str:
    """Return how the spec of a kind begins."""
    wanted = [name for name, field in kind.Spec.model_fields.items() if field.is_required()]
    return f"write {kind.name}: {{{wanted[0]}: …}}" if wanted else f"write {kind.name}: {{}}"


def as_expectation(kind: Kind[Any], node: Node) -> str:
    """Return how what stands in place of a mapping would be expected."""
    facts = {fact.name for fact in kind.facts}
    if isinstance(node, Sequence):
        return "write one mapping, without the dashes"
    if isinstance(node, Scalar) and "status" in facts and node.data in range(100, 600):
        return f"write {{status: {node.data}}}"
    return "such as {body: {contains: …}}" if "body" in facts else f"such as {{{min(facts, default='')}: …}}"
