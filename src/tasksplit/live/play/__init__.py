"""How does the whole story of a handler play on one machine, with real workers, and end by itself?"""
