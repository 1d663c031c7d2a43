"""How is it seen that a process is gone, without waiting longer than it takes?"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any


def until(condition: Callable[[], Any], *, seconds: float = 30) -> Any:
    """Wait until something is so; what the condition returned then."""
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end, f"{condition} is not so after {seconds} s"
        time.sleep(0.01)
    return found


def gone(pid: int) -> bool:
    """Return whether no such process runs: a zombie that nobody collects counts as gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return True


def killed_after(script: str, folder: Path, *arguments: str) -> list[int]:
    """Run a script until it prints ids of processes, kill it as ``kill -9`` does, and return them."""
    command = [sys.executable, "-c", script, *arguments]
    environment = {**os.environ, "TMPDIR": str(folder)}  # files are all that is left of it
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=folder, env=environment) as owner:
        assert owner.stdout is not None
        pids = [int(word) for word in owner.stdout.readline().split()]
        assert pids
        assert not any(gone(pid) for pid in pids)
        owner.kill()
    return pids
