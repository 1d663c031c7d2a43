"""The service as it is: one task runs an event through its whole pipeline."""
