"""What do several ways to cut cost, on each paper?"""
