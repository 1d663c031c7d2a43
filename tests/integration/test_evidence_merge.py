"""Does evidence on Redis add up with that in a database, to the same decision, and is a sum on Redis evidence?"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tasksplit.model.evidence import Evidence
from tasksplit.model.review import Review
from tasksplit.stores import Archive, Run, open_store
from tasksplit.testing.child import ProcessError
from tasksplit.testing.redis import find_or_start, redis_binary
from tests.integration.test_flag_stores import absent
from tests.unit.cli.keeping import PATH, SERVICE, keep, showing, tasksplit
from tests.unit.cli.rolling import TOYS
from tests.unit.gate.evidences import tallied
from tests.unit.gate.judging import NOW, content, judged


@pytest.fixture(scope="module")
def redis() -> Iterator[str]:
    """Yield the URL of a Redis of our own, without the number of a database."""
    try:
        redis_binary()
    except ProcessError as error:
        absent("Redis to start", error)
    with find_or_start(persistent=True) as started:
        yield started.url.removesuffix("/0")


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of a declaration, which is the current one."""
    (tmp_path / "kept_toy.py").write_text(SERVICE)
    for folder in (TOYS, tmp_path):
        monkeypatch.syspath_prepend(str(folder))
    monkeypatch.delitem(sys.modules, "kept_toy", raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def shown(first: int) -> Evidence:
    numbers = range(first, first + 300)
    pairs = [judged(key=f"k{n}", content=content(n), at=NOW + n, seconds=(0.1, 0.2)) for n in numbers]
    return tallied(pairs, pairs[:2], handler="pack")


def merged(url: str) -> tuple[Run, Review]:
    with closing(open_store(url)) as store:
        return Archive(store).load_run(), Archive(store).load_review()


@pytest.mark.usefixtures("service")
def test_it_adds_up_in_any_order_and_in_any_store(redis: str) -> None:
    stores = [f"{redis}/1", "sqlite:///2.db", f"{redis}/3"]
    for number, url in enumerate(stores):
        keep(showing(shown(number * 200)), url=url, run=f"20261121T11000{number}.000000")
    into = [f"{redis}/4", "sqlite:///sum.db"]
    for url, order in zip(into, (stores, stores[::-1]), strict=True):
        code, output = tasksplit("evidence", "merge", *order, "--into", url, "--migration", PATH)
        assert (code, output) == (0, "fixtures: 900 pairs of 3 runs, wait\n")
    on_redis, in_a_database = map(merged, into)
    assert {one.handler: one for one in on_redis[0].evidence} == {one.handler: one for one in in_a_database[0].evidence}
    assert on_redis[1] == in_a_database[1]
    for url in into:
        code, output = tasksplit("gate", "pack", "--migration", PATH, "--store", url)
        assert (code, "pass pack: 0 of 700 keys differ" in output) == (0, True)
