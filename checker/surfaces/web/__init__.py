"""The status page, the API, /metrics and the operating endpoints, all over snapshots of the board."""
