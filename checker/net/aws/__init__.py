"""Asking AWS: read-only calls by botocore in daemon threads, behind a guard that knows whose account it is.

`accounts` says where calls go, `clients` makes botocore's clients, `core/threads` runs them, `failures` maps what they
raise, `readonly` says which calls are admitted, `calls` is what kinds use. botocore comes with the extra `aws`, and is
imported by the first call only: most estates have no AWS probe.
"""
