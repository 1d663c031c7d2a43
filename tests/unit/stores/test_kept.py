"""Does all that is evidence come back from a store as it went there?"""

from __future__ import annotations

from dataclasses import fields, replace

from hypothesis import given
from hypothesis import strategies as st

from tasksplit.model.evidence import Evidence, Ledger
from tasksplit.stores import Archive, MemoryStore
from tests.unit.gate.evidences import evidences, tallied
from tests.unit.gate.judging import NOW, content, judged
from tests.unit.stores.archive_contract import review


def kept(evidence: Evidence) -> Evidence:
    archive = Archive(MemoryStore())
    archive.save_run("1", [evidence], Ledger())
    (found,) = archive.load_run("1").evidence
    return found


@given(evidences, st.booleans())
def test_evidence_of_every_kind_comes_back_as_it_was(evidence: Evidence, complete: bool) -> None:
    found = kept(evidence)
    assert found == evidence
    assert [type(hour) for hour in found.recent] == [int] * len(evidence.recent)


def whole() -> Evidence:
    """Return evidence in which no field is as it is by default, with the largest numbers that there are."""
    one = judged("x", key=None, content="f" * 32, at=NOW, seconds=(1e-9, 1e5))
    clean = [judged(content=one_more, at=NOW, seconds=(0.1, 0.1)) for one_more in ("f" * 32, content(1))]
    found = tallied([one, *clean], [judged("x")], note="1 of 1 differs", capture=False)
    return replace(found, unpaired_reasons={"žluť": 1}, undecided_reasons={"miss": 2}, accepted={"a": 3})


def test_each_field_comes_back() -> None:
    evidence, nothing = whole(), Evidence(handler="")
    same = {field.name for field in fields(Evidence) if getattr(evidence, field.name) == getattr(nothing, field.name)}
    assert same == {"findings", "covered"}  # the others are of every kind above
    assert kept(evidence) == evidence
    assert max(kept(evidence).strata["push: returned"].clean.smallest) == 2**64 - 1


def test_a_number_that_json_has_no_word_for_does_not_make_a_review_unreadable() -> None:
    """Where hours and buckets are numbers, too."""
    odd = review([float("nan"), float("inf"), 1])
    (handler,) = odd.handlers
    archive = Archive(MemoryStore())
    archive.save_review("1", replace(odd, handlers=(replace(handler, evidence=whole()),)))
    (found,) = archive.load_review("1").handlers
    assert found.differences[0].example.legacy == [None, None, 1]
    assert found.evidence == whole()


def test_nor_does_one_beyond_64_bits() -> None:
    large = review(2**70)
    large = replace(large, handlers=tuple(replace(handler, evidence=whole()) for handler in large.handlers))
    archive = Archive(MemoryStore())
    archive.save_review("1", large)
    assert archive.load_review("1") == large
