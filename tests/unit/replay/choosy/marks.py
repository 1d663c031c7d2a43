"""Where are the lines that tests speak of?"""

from pathlib import Path

HERE = Path(__file__).parent


def way(file: str, here: str, there: str) -> str:
    """The branch from one marked line to another: ``way("legacy", "loud?", "loud")``."""
    lines = (HERE / f"{file}.py").read_text().splitlines()
    at = [next(n for n, line in enumerate(lines, 1) if line.endswith(f"# {mark}")) for mark in (here, there)]
    return f"tests/unit/replay/choosy/{file}.py:{at[0]}->{at[1]}"


def called(file: str, function: str) -> str:
    """What stands for a function's being called: ``called("legacy", "polite")``."""
    lines = (HERE / f"{file}.py").read_text().splitlines()
    at = next(n for n, line in enumerate(lines, 1) if line.lstrip().startswith(f"def {function}("))
    return f"tests/unit/replay/choosy/{file}.py:{at}->{at + 1}"
