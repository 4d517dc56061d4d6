"""What a run came to, for people, pipelines and tools: pure functions from finished runs to text."""
