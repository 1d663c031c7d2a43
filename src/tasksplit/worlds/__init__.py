"""How are the rows, services, calls, clock and ids outside the process recorded, and how are they rebuilt?"""
