"""What checks.yaml says, typed and frozen, with a place for every problem in it."""
