"""What was there before a message came? One module for each of those who send them."""
