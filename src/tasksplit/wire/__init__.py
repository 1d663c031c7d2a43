"""What crosses from one process to another, and how is it written?"""
