"""The same service with one task for each node."""
