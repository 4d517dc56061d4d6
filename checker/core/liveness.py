"""What `/-/healthy` answers while the schedule is kept: words by which `checker healthcheck` knows a checker."""

ALIVE = "the checker is alive"
