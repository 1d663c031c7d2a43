"""What do all tests share? Settings of hypothesis: the same examples on every machine, and no clock."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

settings.register_profile(
    "tasksplit",
    max_examples=30,
    deadline=None,  # machines that share their cores are slow at random
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("tasksplit")
