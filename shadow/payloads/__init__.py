"""What does each task receive?

One frozen class for each: its fields are the keyword arguments of the task, and all that the handler needs. Each
stands below one of the three ways to pass data (`ways`). What is not typed more closely than `Any` comes from outside
and is carried as it came.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shadow.payloads.common import Change, ForJob, NamedRow, TriggerRow
from shadow.payloads.copr import (
    CoprBuildEnd,
    CoprBuildStart,
    PullRequestCommentCoprBuild,
    PullRequestCoprBuild,
    PushCoprBuild,
    ReleaseCoprBuild,
)
from shadow.payloads.downstream import DistGitCommit, ProposeDownstream, ProposeUpdateComment
from shadow.payloads.installation import Installation
from shadow.payloads.koji import KojiBuildReport, PullRequestKojiBuild, PushKojiBuild, ReleaseKojiBuild
from shadow.payloads.pagure import PagurePullRequestCommentCoprBuild, PagurePullRequestLabel
from shadow.payloads.testing_farm import TestingFarm, TestingFarmComment, TestingFarmResults
from shadow.payloads.ways import Minimal, Serialized, StoredId
from shadow.wire import Payload, learn

__all__ = [
    "Change",
    "CoprBuildEnd",
    "CoprBuildStart",
    "DistGitCommit",
    "ForJob",
    "Installation",
    "KojiBuildReport",
    "Minimal",
    "NamedRow",
    "PagurePullRequestCommentCoprBuild",
    "PagurePullRequestLabel",
    "ProposeDownstream",
    "ProposeUpdateComment",
    "PullRequestCommentCoprBuild",
    "PullRequestCoprBuild",
    "PullRequestKojiBuild",
    "PushCoprBuild",
    "PushKojiBuild",
    "ReleaseCoprBuild",
    "ReleaseKojiBuild",
    "Serialized",
    "StoredId",
    "TestingFarm",
    "TestingFarmComment",
    "TestingFarmResults",
    "TriggerRow",
    "handler_of",
    "keyword_arguments",
]


learn()


def handler_of(kind: type[Payload]) -> str:
    """The handler that receives payloads of a kind: the task that is for it alone is named after it."""
    return kind.task.removeprefix("task.run_").removesuffix("_handler")


def keyword_arguments(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """What a handler receives -> the keyword arguments of its task."""
    payload: Payload = inputs["payload"]
    return payload.to_wire()
