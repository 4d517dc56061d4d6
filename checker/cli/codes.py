"""Exit codes of the commands."""

PASSED = 0
FAILED = 1
USAGE = 2
COULD_NOT_TELL = 3
INTERRUPTED = 130  # what shells make of SIGINT
