"""What are the values that everything speaks of? Frozen; standard library and pydantic only."""
