"""What does `python -m tasksplit` run? The command line."""

from tasksplit.cli import main

main()
