"""A service that takes events, and runs each through a pipeline of nodes: what it is, and what it becomes."""
