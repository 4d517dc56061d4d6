"""The composition root: the only place that knows all rooms, and wires them for `serve` and for `run`."""
