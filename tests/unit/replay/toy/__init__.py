"""A service small enough to see through: one task with handler classes, and the tasks that it becomes."""
