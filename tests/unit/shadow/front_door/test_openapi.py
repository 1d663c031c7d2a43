"""Is the OpenAPI document true, whatever is sent? schemathesis makes requests of it, good ones and bad ones."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import ignored_auth, negative_data_rejection

from shadow.front_door.problems import MEDIA_TYPE

OPERATIONS = [
    ("/webhooks/github", "POST"),
    ("/webhooks/gitlab", "POST"),
    ("/testing-farm/results", "POST"),
    ("/events", "POST"),
    ("/events/{event_id}", "GET"),
]
SIGNATURES = ("x-hub-signature-256", "x-hub-signature")
WITHOUT_NUL = schemathesis.Config.from_dict({"generation": {"allow-x00": False}})  # refused, which no schema can say
SHOWN_ANYWAY = [ignored_auth, negative_data_rejection]  # the headers that friends show take the place of the case's
BOUNDED = settings(max_examples=25, deadline=None, database=None, suppress_health_check=list(HealthCheck))

each_operation = pytest.mark.parametrize(("path", "method"), OPERATIONS)
each_mode = pytest.mark.parametrize("mode", GenerationMode, ids=str)


def cases(door: Any, path: str, method: str, mode: GenerationMode) -> Any:
    document = schemathesis.openapi.from_asgi("/openapi.json", door.app, config=WITHOUT_NUL)
    return document[path][method].as_strategy(generation_mode=mode)


@each_mode
@each_operation
def test_answers_to_strangers_are_as_documented(door: Any, path: str, method: str, mode: GenerationMode) -> None:
    @BOUNDED
    @given(case=cases(door, path, method, mode))
    def send(case: Any) -> None:
        answer = case.call_and_validate()
        assert answer.status_code >= 400
        assert answer.headers["content-type"] == [MEDIA_TYPE]

    send()
    assert door.nothing_was_kept()


@each_mode
@each_operation
def test_answers_to_friends_are_as_documented(door: Any, path: str, method: str, mode: GenerationMode) -> None:
    door.open(validate_webhooks=False)
    shown = {"x-gitlab-token": "of another", "authorization": "Bearer of the bus"}
    statuses: Counter[int] = Counter()

    @BOUNDED
    @given(case=cases(door, path, method, mode))
    def send(case: Any) -> None:
        case.headers = {name: text for name, text in (case.headers or {}).items() if name.lower() not in SIGNATURES}
        if isinstance(case.body, dict) and path == "/testing-farm/results":
            case.body["token"] = "of the farm"
        answer = case.call_and_validate(headers=shown, excluded_checks=SHOWN_ANYWAY)
        statuses[answer.status_code] += 1

    send()
    if mode is GenerationMode.POSITIVE and method == "POST":
        assert statuses[202]
    else:
        assert sum(statuses.values())


def test_every_route_says_that_it_can_fail(door: Any) -> None:
    paths = door.request("GET", "/openapi.json").json()["paths"]
    assert sorted(paths) == sorted(path for path, _ in OPERATIONS)
    for path in paths.values():
        for operation in path.values():
            assert {"422", "500", "503"} <= operation["responses"].keys()
            for status, response in operation["responses"].items():
                assert list(response["content"]) == [MEDIA_TYPE] or status < "400"
