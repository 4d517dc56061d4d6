"""From what people have (curl commands, HAR, OpenAPI, blackbox_exporter, Gatus) to a checks.yaml that validates.

Each format is a pure function from a text to a `Draft`. What cannot be carried over is a note at its place, never left
out in silence; what may be secret never gets into a draft, only a reference to it.
"""
