"""What does the worked example become? The same service as one processing task and a task for each handler."""
