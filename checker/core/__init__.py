"""Values that every other room of the product speaks in; imports nothing of the product."""
