"""The kinds of steps: one file each, all of which turn a spec into named facts."""
