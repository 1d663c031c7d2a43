"""What was taken adds, in any order and any number of times; a share is of what is known."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tasksplit.model.branches import Branches, Covered, place_of

WAYS = st.builds("{}:{}->{}".format, st.sampled_from(["a.py", "b/c.py"]), st.integers(1, 30), st.integers(1, 30))
SOME = st.lists(WAYS | st.just("no place"), max_size=8).map(tuple)
BRANCHES = st.builds(Branches, known=SOME, touched=SOME)
COVERED = st.builds(Covered, legacy=BRANCHES, split=BRANCHES)


@given(COVERED, COVERED, COVERED)
def test_adding_is_a_union(a: Covered, b: Covered, c: Covered) -> None:
    assert a + b == b + a
    assert (a + b) + c == a + (b + c)
    assert a + a == a
    assert a + Covered() == a


@given(BRANCHES, BRANCHES)
def test_what_was_taken_or_known_stays_so(a: Branches, b: Branches) -> None:
    both = a + b
    assert set(both.known) == {*a.known, *b.known}
    assert set(both.touched) == {*a.touched, *b.touched}
    assert set(both.touched) <= set(both.known)
    assert set(both.untouched) == set(both.known) - set(both.touched)


@given(BRANCHES)
def test_a_share_is_of_what_is_known(branches: Branches) -> None:
    if branches.share is None:
        assert not branches.known
    else:
        assert branches.share * len(branches.known) == len(branches.touched)
        assert (branches.share == 1) == (not branches.untouched)


def test_they_are_sorted_as_a_reader_goes_through_the_file() -> None:
    given_ = ("b.py:1->2", "a.py:12->exit", "a.py:9->12", "a.py:12->100", "a.py:12->14", "a.py:9->12")
    assert Branches(known=given_).known == ("a.py:9->12", "a.py:12->exit", "a.py:12->14", "a.py:12->100", "b.py:1->2")


def test_a_branch_leads_to_the_line_where_it_starts() -> None:
    assert place_of("legacy/x.py:12->14") == ("legacy/x.py", 12)
    assert place_of("c:/x.py:12->exit") == ("c:/x.py", 12)
    assert place_of("no place") == ("no place", 0)
