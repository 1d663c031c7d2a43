"""Does a store keep what it was given? Subclass, give it your store, and run the tests with pytest."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tasksplit.stores.protocol import Store


class StoreContract:
    """What does every store promise? Override the fixture ``store``; each test needs an empty one."""

    @pytest.fixture
    def store(self) -> Iterator[Store]:
        """Yield an empty store, and close it afterwards."""
        raise NotImplementedError("override the fixture 'store' of StoreContract")

    @pytest.fixture
    def second(self, store: Store) -> Store:
        """Return the same store, opened once more; override it where that can be done, as for every server or file."""
        return store

    def test_it_is_a_store(self, store: Store) -> None:
        assert isinstance(store, Store)

    def test_items_come_back_as_they_were_in_their_order(self, store: Store) -> None:
        items = [b"", b"\x00\xff", b"same", b"same", "žluťoučký".encode(), b"x" * 1_000_000]
        store.append("a", items[:2])
        store.append("a", items[2:])
        assert list(store.read("a")) == items

    def test_streams_do_not_see_each_other(self, store: Store) -> None:
        store.append("a", [b"1"])
        store.append("b", [b"2"])
        store.append("A", [b"3"])
        assert [list(store.read(name)) for name in ("a", "b", "A", "c")] == [[b"1"], [b"2"], [b"3"], []]

    def test_streams_are_found_by_the_letters_of_their_prefix(self, store: Store) -> None:
        for name in ("run/b", "run/a", "Run/c", "run_x", "run%", "other", "run/ž"):
            store.append(name, [b"1"])
        assert store.streams("run/") == ("run/a", "run/b", "run/ž")
        assert store.streams("run_") == ("run_x",)
        assert store.streams("run%") == ("run%",)
        assert store.streams() == tuple(sorted(store.streams("")))
        assert len(store.streams()) == 7

    def test_names_are_any_words_and_sorted_by_code_point(self, store: Store) -> None:
        # of UTF-16 the last two would change places; the others mean something to one server or another
        names = ("", "\n", " ", "%_", "*", "A", "[a-b]", "a", "a\\", "a{b}", "b?", "\u0301", "\uffff", "\U00010000")
        for name in reversed(names):
            store.append(name, [name.encode()])
        assert store.streams() == names
        assert [list(store.read(name)) for name in names] == [[name.encode()] for name in names]
        assert [store.streams(name) for name in ("*", "[", "%", "\U00010000")] == [
            ("*",),
            ("[a-b]",),
            ("%_",),
            ("\U00010000",),
        ]
        for name in names:
            store.forget(name)
        assert store.streams() == ()

    def test_large_items_come_back(self, store: Store) -> None:
        items = [bytes([n]) * 8_000_000 for n in range(3)]
        store.append("a", items)
        assert list(store.read("a")) == items

    def test_who_else_has_it_open_sees_what_was_added_and_forgotten(self, store: Store, second: Store) -> None:
        store.append("a", [b"1"])
        second.append("a", [b"2"])
        store.append("a", [b"3"])
        assert list(store.read("a")) == list(second.read("a")) == [b"1", b"2", b"3"]
        second.forget("a")
        assert (store.streams(), list(store.read("a"))) == ((), [])

    def test_nobody_sees_a_part_of_an_append(self, store: Store, second: Store) -> None:
        seen = []

        def watched() -> Iterator[bytes]:
            for n in range(1000):
                if n % 300 == 0:
                    seen.append((list(second.read("a")), list(second.read("b")), second.streams()))
                yield b"%d" % n

        store.append("a", [b"0"])
        store.append("a", watched())
        store.append("b", watched())
        whole = [b"0", *(b"%d" % n for n in range(1000))]
        assert seen == [([b"0"], [], ("a",))] * 4 + [(whole, [], ("a",))] * 4
        assert len(list(second.read("b"))) == 1000

    def test_a_stream_of_nothing_is_none(self, store: Store) -> None:
        store.append("a", [])
        assert store.streams() == ()

    def test_forgotten_is_gone_and_the_others_stay(self, store: Store) -> None:
        store.append("a", [b"1"])
        store.append("ab", [b"2"])
        store.forget("a")
        store.forget("never there")
        assert (list(store.read("a")), list(store.read("ab"))) == ([], [b"2"])
        store.append("a", [b"3"])
        assert list(store.read("a")) == [b"3"]

    def test_an_append_that_breaks_off_leaves_nothing(self, store: Store) -> None:
        def broken() -> Iterator[bytes]:
            yield from [b"1"] * 1000
            raise ValueError("the source broke")

        store.append("a", [b"0"])
        with pytest.raises(ValueError, match="the source broke"):
            store.append("a", broken())
        assert list(store.read("a")) == [b"0"]

    def test_more_than_fits_on_a_page_comes_back(self, store: Store) -> None:
        items = [str(n).encode() for n in range(2000)]
        store.append("a", iter(items))
        assert list(store.read("a")) == items

    def test_a_stream_can_be_copied_while_it_is_read(self, store: Store) -> None:
        store.append("a", [b"1", b"2"])
        store.append("b", store.read("a"))
        assert list(store.read("b")) == [b"1", b"2"]

    def test_several_threads_lose_nothing_and_keep_their_own_order(self, store: Store) -> None:
        def write(writer: int) -> None:
            for n in range(20):
                store.append("a", [f"{writer} {n}".encode()])

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(write, range(4)))
        found = [tuple(map(int, item.split())) for item in store.read("a")]
        assert sorted(found) == [(writer, n) for writer in range(4) for n in range(20)]
        for writer in range(4):
            assert [n for w, n in found if w == writer] == list(range(20))

    def test_closing_twice_is_closing_once(self, store: Store) -> None:
        store.close()
        store.close()
