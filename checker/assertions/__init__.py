"""Whether what was seen is what was expected: written once, over facts, for every kind of step."""
