"""What does the service do about an event? One module for each family of handlers; none knows of Celery."""
