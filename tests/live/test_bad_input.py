"""Is bad input counted with its reason, and legacy left as it is?"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from time import sleep
from typing import Any

import pytest
from celery import Celery

from tasksplit.live.carried import CLAIM
from tasksplit.live.sender import QUEUE, TASK
from tasksplit.model.rollout import Stage
from tasksplit.wire.header import NAME
from tests.live.bad import BATCHES, HEADERS, PAYLOADS
from tests.live.service import Service, running

BY_LEGACY, BY_SPLIT = "toy.process", "toy.mail"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What came of all of it on the workers of the team?"""

    letters: Mapping[str, Counter[tuple[str, str]]]
    """Message -> handler and the task that acted, with counts."""
    states: Mapping[str, str]
    counted: Mapping[str, int]
    said: str


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Seen:
    """Headers and payloads on a worker of legacy and one of the split; mail is the split's."""
    with running(tmp_path_factory.mktemp("bad")) as service:
        service.environment["TOY_RESULTS"] = f"{service.url}/3"
        service.moved(mail=Stage.LIVE, pack=Stage.SHADOW)
        workers = [service.worker(), service.worker("installed:split")]
        service.until(lambda: "ready." in workers[0].said())
        sleep(1.5)  # a first flag settles
        sent = [_sent(service, f"header-{name}", header=value) for name, (value, _reason) in HEADERS.items()]
        sent += [_sent(service, f"payload-{name}", odd=value) for name, value in PAYLOADS.items()]
        for name, claim in {"text": "mail", "short": ["m"], "other": ["header-newer", "mail", ""]}.items():
            kwargs = {"ref": f"claim-{name}", "job": "", "acts": [["letter", "their own"]]}
            options: dict[str, Any] = {"queue": f"{service.queue}-split", "headers": {CLAIM: claim}}
            service.app.send_task("toy.mail", kwargs=kwargs, task_id=f"claim-{name}", **options)
        wanted = {(ref, name) for ref in sent for name in ("mail", "pack")}
        service.until(lambda: wanted <= {(one["ref"], one["handler"]) for one in service.lines() if "ref" in one})
        service.until(lambda: all(service.app.AsyncResult(ref).ready() for ref in sent))
        for worker in workers:
            service.ended(worker)
        letters: dict[str, Counter[tuple[str, str]]] = {}
        for line in service.lines():
            if line["what"] == "letter":
                letters.setdefault(line["ref"], Counter())[line["handler"], line["task"]] += 1
        return Seen(
            letters=letters, states={ref: service.app.AsyncResult(ref).state for ref in sent},
            counted=service.counted(), said="".join(worker.said() for worker in workers),
        )  # fmt: skip


@pytest.mark.parametrize("name", HEADERS)
def test_a_header_that_is_not_ours_is_as_none_and_is_said(seen: Seen, name: str) -> None:
    ref, reason = f"header-{name}", HEADERS[name][1]
    assert seen.letters[ref] == {("mail", BY_SPLIT): 1, ("pack", BY_LEGACY): 1}  # as the flags say
    assert seen.states[ref] == "SUCCESS"
    assert re.search(rf"header not honoured: toy\.process\[{ref}\]: {reason}", seen.said)


@pytest.mark.parametrize("name", PAYLOADS)
def test_legacy_does_what_it_did_whatever_a_payload_holds(seen: Seen, name: str) -> None:
    ref = f"payload-{name}"
    assert seen.states[ref] == "SUCCESS"
    mail = {task for handler, task in seen.letters[ref] if handler == "mail"}
    assert mail in ({BY_LEGACY}, {BY_SPLIT})
    assert seen.letters[ref] == {("mail", mail.pop()): 1, ("pack", BY_LEGACY): 1}


@pytest.mark.parametrize("name", ["text", "short", "other"])
def test_a_claim_that_is_not_the_tasks_own_makes_it_the_users_own_task(seen: Seen, name: str) -> None:
    assert seen.letters[f"claim-{name}"] == {("mail", BY_SPLIT): 1}
    assert f"toy.mail[claim-{name}]: a claim that is not the task's own" in seen.said


def test_each_message_is_in_one_count(seen: Seen) -> None:
    counted = seen.counted
    assert counted["received"] == len(HEADERS) + len(PAYLOADS)
    ended = counted["sampled_out"] + counted["not_recorded"] + counted["failed"] + counted["handed_over"]
    assert ended == counted["received"], counted


def test_what_cannot_be_replayed_is_counted_with_its_reason(tmp_path_factory: pytest.TempPathFactory) -> None:
    with running(tmp_path_factory.mktemp("batches")) as service:
        shadow = service.shadow("--seconds", "20")
        service.shown(*(batch for batch, _reason in BATCHES.values()))
        _undecodable(service.app)
        service.until(lambda: _expected(service) == len(BATCHES))
        service.moved(pack=Stage.SHADOW)
        worker = service.worker()
        sent = [_sent(service, f"odd-{name}", odd=value) for name, value in PAYLOADS.items() if name != "large"]
        sent += [_sent(service, "large", odd=PAYLOADS["large"]), _sent(service, "last")]
        service.until(lambda: all(service.counted()[name] for name in ("shed_large", "received")))
        service.until(lambda: service.counted()["received"] == len(sent))
        service.ended(worker)
        counted = service.counted()
        assert (counted["shed_large"], counted["written"]) == (1, len(sent) - 1), counted
        service.until(lambda: _expected(service) == len(BATCHES) + len(sent) - 1)
        service.ended(shadow)
        report = service.report()
        errors = Counter(report["harness_errors"])
        for reason, number in Counter(reason for _batch, reason in BATCHES.values()).items():
            found = sum(count for words, count in errors.items() if words.startswith(reason))
            assert found >= number, (reason, errors)
        assert any("nested more than 100 levels" in words for words in errors), errors
        assert report["ledger"]["lost"] == sum(errors.values()), (report["ledger"], errors)
        pack = next(one for one in report["handlers"] if one["name"] == "pack")
        assert pack["evidence"]["match"] >= 1  # the last one: it goes on


def _sent(service: Service, ref: str, *, header: Any = None, odd: Any = None) -> str:
    steps = [{"handler": name, "acts": [["letter", "hello"]]} for name in ("mail", "pack")]
    headers = {} if header is None else {NAME: header}
    return service.send({"ref": ref, "key": "k", "steps": steps, "odd": odd}, headers=headers)


def _undecodable(app: Celery) -> None:
    """Publish what no Celery worker decodes: it drops such a message by itself, and goes on."""
    with app.connection_for_write() as connection, connection.channel() as channel:
        for kind, body in {"application/x-python-serialize": b"\x80\x04N.", "application/json": b"{"}.items():
            connection.Producer(channel).publish(
                body, exchange="", routing_key=QUEUE, content_type=kind, content_encoding="utf-8",
                headers={"task": TASK, "id": "undecodable"},
            )  # fmt: skip


def _expected(service: Service) -> int:
    return int((service.report() or {"ledger": {"expected": -1}})["ledger"]["expected"])
