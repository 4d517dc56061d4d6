"""Where in the file that stands which noticed a mutation, or which ought to have."""

from checker.config.configuration import StepConfig
from checker.config.nodes import Mapping
from checker.config.problems import Place


def place_of_subject(step: StepConfig, section: str, subject: str) -> Place:
    """Return where `expect`, `warn` or `capture` speaks of a subject (of a capture: its name), or the nearest to it."""
    node = step.node.get(section)
    if not isinstance(node, Mapping):
        return step.node.key_place(step.kind)
    name, _, selector = subject.partition(".")
    if name not in node.entries:
        return step.node.key_place(section)
    below = node.get(name)
    if selector and isinstance(below, Mapping) and selector in below.entries:
        return below.key_place(selector)
    return node.key_place(name)


def place_of_captures(step: StepConfig, message: str) -> Place | None:
    """Return where the capture stands that a message tells of; None where it tells of none."""
    for capture in step.captures:
        if message.startswith(f"capture {capture.name} ("):
            node = step.node.get("capture")
            own = capture.name.rpartition(".")[2]
            return node.key_place(own) if isinstance(node, Mapping) else step.node.place
    return None
