"""What did both sides do on one message, as text and as a test?"""
