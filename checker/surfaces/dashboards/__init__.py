"""The Grafana dashboards: JSON that scripts/dashboards has written, and how it is fitted to an estate."""
