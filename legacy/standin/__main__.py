"""What does `python -m legacy.standin` do? It serves the stand-in services."""

from legacy.standin.server import main

main()
