"""What stands for the outside services? A pure universe of facts, and a small state per message."""
