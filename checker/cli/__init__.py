"""What people type: one module a command; each parses, calls and prints, and decides nothing."""
