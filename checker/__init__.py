"""Synthetic health checks that do what a user does, and hold it against what the platform claims."""

__version__ = "0.1.0"
