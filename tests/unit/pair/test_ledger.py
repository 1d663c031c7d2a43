"""Is every expected message accounted for?"""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tasksplit.model.evidence import Ledger
from tasksplit.model.message import Side
from tasksplit.pair import Book


def test_a_message_is_expected_before_anything_came_and_that_does_not_balance() -> None:
    book = Book()
    book.expect("m")
    assert book.ledger() == Ledger(expected=1, pending=1)
    assert not book.ledger().balanced
    assert book.pending() == ("m",)


def test_paired_is_when_both_sides_arrived() -> None:
    book = Book()
    book.expect("m")
    book.arrived("m", Side.LEGACY)
    assert book.ledger().pending == 1
    book.arrived("m", Side.SPLIT)
    assert book.ledger() == Ledger(expected=1, paired=1)
    assert book.ledger().balanced


def test_lost_says_why_and_a_late_arrival_is_paired_after_all() -> None:
    book = Book()
    for message in ("m", "n"):
        book.expect(message)
        book.lost(message, "the shadow hung")
    assert book.why_lost() == {"the shadow hung": 2}
    book.arrived("m", Side.LEGACY, Side.SPLIT)
    assert book.ledger() == Ledger(expected=2, paired=1, lost=1)
    assert book.why_lost() == {"the shadow hung": 1}


def test_sampled_out_balances() -> None:
    book = Book()
    book.expect("m")
    book.sampled_out("m")
    book.arrived("m", *Side)
    assert book.ledger() == Ledger(expected=1, sampled_out=1)
    assert book.ledger().balanced


def test_what_is_told_twice_changes_nothing_and_is_counted() -> None:
    book = Book()
    book.expect("m")
    book.expect("m")
    book.arrived("m", *Side)
    book.arrived("m", Side.LEGACY)
    book.lost("m", "too late")
    assert book.ledger() == Ledger(expected=1, paired=1)
    assert (book.duplicates, book.why_lost()) == (3, {})


def test_what_nobody_expected_is_counted_and_never_makes_up_for_another() -> None:
    book = Book()
    book.expect("m")
    book.arrived("stranger", *Side)
    book.lost("stranger", "why")
    book.sampled_out("stranger")
    assert (book.unexpected, book.ledger()) == (3, Ledger(expected=1, pending=1))


acts = st.tuples(st.sampled_from(["expect", "legacy", "split", "lost", "sampled_out"]), st.sampled_from("abc"))


@given(st.lists(acts, max_size=30))
def test_the_columns_always_add_up(told: list[tuple[str, str]]) -> None:
    book = Book()
    for act, message in told:
        match act:
            case "legacy" | "split":
                book.arrived(message, Side(act))
            case "lost":
                book.lost(message, "why")
            case _:
                getattr(book, act)(message)
    found = book.ledger()
    assert found.expected == found.paired + found.pending + found.lost + found.sampled_out
    assert min(found.paired, found.pending, found.lost, found.sampled_out) >= 0
    assert sum(book.why_lost().values()) == found.lost
