"""Which goals are met? ``python -m tests.benchmarks [word]`` runs them (those of modules with the word)."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from importlib import import_module

from tests.benchmarks.measure import Result

#: Each has ``BENCHES``: functions that return results. Add a module here to have it run.
MODULES = (
    "tests.benchmarks.compare",
    "tests.benchmarks.capture",
    "tests.benchmarks.live",
    "tests.benchmarks.gate",
    "tests.benchmarks.whole",
    "tests.benchmarks.front_door",
    "tests.benchmarks.route",
)


def main(words: Iterable[str] = (), benches: Iterable[Callable[[], list[Result]]] | None = None) -> None:
    """Run the benchmarks and print one table."""
    if benches is None:
        names = [name for name in MODULES if all(word in name for word in words)]
        benches = [bench for name in names for bench in import_module(name).BENCHES]
    print("| goal | peer | asked | measured | met |\n|---|---|---:|---:|---|")
    for bench in benches:
        for result in bench():
            asked = f"{'>=' if result.at_least else '<='} {result.limit:,g} {result.unit}"
            met = "yes" if result.met else "NO"
            print(
                f"| {result.goal} | {result.peer} | {asked} | {result.measured:,.3g} {result.unit} | {met} |",
                flush=True,
            )


if __name__ == "__main__":
    main(sys.argv[1:])
