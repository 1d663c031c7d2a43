"""What else is split with tasksplit? Each folder is an example of its own; none knows another."""
