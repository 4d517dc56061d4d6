"""The latest state of every probe, with its history and counters; read through immutable snapshots."""
