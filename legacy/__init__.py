"""What does the worked example do today? One Celery task, `process_message`, does everything."""
