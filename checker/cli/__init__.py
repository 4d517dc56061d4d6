"""The commands: each parses, calls the rooms below, and prints. Nothing is decided here.

`checker --help` has to answer at once, and `checker healthcheck` runs every 30 s beside an app; so the verbs
import what they call inside their functions.
"""
