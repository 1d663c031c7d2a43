"""What does Testing Farm send?"""

from __future__ import annotations

from typing import Any

from legacy.standin import draw, facts

Payload = dict[str, Any]


def test_results(
    full_name: str, *, pipeline_id: str, number: int, chroot: str, result: str, tests: list[Payload]
) -> Payload:
    namespace, name = full_name.split("/")
    found: Payload = {
        "pipeline": {"id": pipeline_id},
        "environment": {"image": "Fedora-Cloud-Base-32-1.6.x86_64.qcow2"},
        "artifact": {
            "repo-name": name,
            "repo-namespace": namespace,
            "copr-repo-name": f"packit/{namespace}-{name}-{number}-stg",
            "copr-chroot": chroot,
            "commit-sha": draw.sha("tested", full_name, number),
            "git-url": facts.project_url(full_name),
            "git-ref": f"pull/{number}/head",
        },
        "result": result,
        "message": f"{len(tests)} tests: {result}",
        "url": f"https://testing-farm.example/runs/{pipeline_id[:8]}",
    }
    if tests:
        found["tests"] = tests
    return found
