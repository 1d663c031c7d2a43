"""Which side acts, and who may change that? Stages move by an explicit act, on what the gate has shown."""

from __future__ import annotations

from tasksplit.rollout.buckets import authoritative, bucket, in_canary
from tasksplit.rollout.laws import broken
from tasksplit.rollout.structure import Structure
from tasksplit.rollout.transitions import Grounds, Plan, Request, applied, plan

__all__ = [
    "Grounds",
    "Plan",
    "Request",
    "Structure",
    "applied",
    "authoritative",
    "broken",
    "bucket",
    "in_canary",
    "plan",
]
