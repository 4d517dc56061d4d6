"""Whether a probe can fail at all: its recorded run, played again over answers that ought not to pass."""
