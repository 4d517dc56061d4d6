"""Prometheus rules about what the checker exports, and unit tests for them in promtool's format. Pure."""
