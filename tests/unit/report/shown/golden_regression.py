"""Legacy and the split must do the same on this message; when it was written, they did not."""

from tasksplit.testing import differences

MESSAGE = {
    "action": "opened",
    "number": 860,
    "pull_request": {
        "head": {
            "sha": "726842a6815ccfc8515e",
            "repo": {"name": "beacon", "owner": {"login": "pia-11"}},
        },
        "labels": [],
        "rate": 0.5,
        "draft": False,
    },
    "body": 'it\'s "quoted", \\ and\tbroken\n \u202e and é 鍵',
    "said": 'a "word"',
    "long": "01234567890123456789012345678901234567890123456789012345678901234567890123456789",
    "more": [
        [1, 2],
        {"empty": {}},
        None,
        [
            "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
            "yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy",
        ],
    ],
}


def test_copr_build_end_effects_calls_body_a_b_missing() -> None:
    """copr_build_end: $.effects.calls[2].body['a "b"'] (missing).

    Legacy: {state: "pending", url: "https://forge.example/a/b"}
    Split: nothing

    Difference 0123456789ab of copr_end-007-tests-accepted.json: 343 of its 7,042
      bytes show it. In place of its secrets stand texts of the same shape.
    """
    found = differences(
        "shadow.migration:migration",
        MESSAGE,
        handler="copr_build_end",
    )
    said = [f"{d.kind} {d.path}: legacy {d.legacy!r}, split {d.split!r}" for d in found]
    assert not said, "\n".join(said)
