"""Which side acts, and who may change that? Stages move by an explicit act, on what the gate has shown."""

from __future__ import annotations

from tasksplit.rollout.buckets import authoritative, bucket, in_canary
from tasksplit.rollout.claims import Asked
from tasksplit.rollout.laws import broken
from tasksplit.rollout.routes import Routes, back_with, may_be_pinned, needs_pin, split_for
from tasksplit.rollout.structure import Structure
from tasksplit.rollout.transitions import Grounds, Plan, Request, applied, plan

__all__ = [
    "Asked",
    "Grounds",
    "Plan",
    "Request",
    "Routes",
    "Structure",
    "applied",
    "authoritative",
    "back_with",
    "broken",
    "bucket",
    "in_canary",
    "may_be_pinned",
    "needs_pin",
    "plan",
    "split_for",
]
