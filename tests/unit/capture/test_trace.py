"""Does the trace see what a handler read, and leave the handler's code as it was?"""

from __future__ import annotations

import copy
import dataclasses
import json
import pickle
import threading
from collections.abc import Callable, Iterator
from enum import Enum
from functools import cached_property
from typing import Any, NamedTuple

import httpx
import pytest
from pydantic import BaseModel, PrivateAttr
from sqlalchemy import create_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from tasksplit.capture.trace import Reads, Tracer, unread


class Base(DeclarativeBase):
    pass


class Build(Base):
    __tablename__ = "build"
    id: Mapped[int] = mapped_column(primary_key=True)
    status: Mapped[str] = mapped_column(default="pending")


class State(Enum):
    OPEN = "open"


class Config:
    def __init__(self) -> None:
        self.deployment = "prod"
        self.token = "secret"


class Event:
    kind = "pull_request"

    def __init__(self) -> None:
        self._pr_id: int | None = 42
        self.branch = "main"
        self.sha = "abc"
        self._project: str | None = None
        self.config = Config()
        self.metadata = {"targets": ["f39"]}
        self.state = State.OPEN

    @property
    def pr_id(self) -> int | None:
        return self._pr_id

    @property
    def is_pull_request(self) -> bool:
        return self._pr_id is not None

    @property
    def label(self) -> str:
        return f"{self.branch}#{self.pr_id}"

    @property
    def project(self) -> str:
        if self._project is None:
            self._project = f"project of {self.branch}"
        return self._project

    @property
    def constant(self) -> str:
        return self.kind

    @property
    def broken(self) -> str:
        raise ValueError(f"no {self.sha}")

    @cached_property
    def slow(self) -> str:
        return self.sha.upper()

    def get_dict(self) -> dict[str, Any]:
        return {"branch": self.branch, "sha": self.sha}


class Handler:
    def __init__(self, event: Any = None) -> None:
        self.event = Event() if event is None else event
        self.jobs = [Config(), Config()]
        self.by_name = {"one": Event()}
        self.client = httpx.Client()
        self.lock = threading.Lock()
        self.make = Config
        self.build: Build | None = None
        self._cache: str | None = None

    def run(self, act: Callable[[Any], object]) -> None:
        act(self)


@pytest.fixture
def tracer() -> Iterator[Tracer]:
    found = Tracer(project_prefixes=(__name__,))
    yield found
    found.uninstall()
    assert found.errors == []


def reads_of(tracer: Tracer, act: Callable[[Any], object], root: Any = None) -> Reads:
    handler = Handler() if root is None else root
    with tracer.reading(handler) as reads:
        act(handler)
    return reads


def missing(
    tracer: Tracer, act: Callable[[Any], object], view: Callable[[Any], object], *context: str, root: Any = None
) -> tuple[str, ...]:
    handler = Handler() if root is None else root
    seen = reads_of(tracer, view, handler)
    return unread(reads_of(tracer, act, handler), seen, context=context)


def as_json(event: object) -> str:
    return json.dumps(event, default=lambda o: vars(o) if isinstance(o, Event | Config) else str(o))


def nothing(handler: Handler) -> None:
    """Look at nothing."""


class TestWhatCounts:
    def test_a_plain_attribute_of_an_attribute(self, tracer: Tracer) -> None:
        assert reads_of(tracer, lambda h: h.event.branch) == {"self.event": set(), "self.event.branch": set()}

    def test_a_property_and_what_it_read(self, tracer: Tracer) -> None:
        assert reads_of(tracer, lambda h: h.event.pr_id)["self.event.pr_id"] == {"self.event._pr_id"}

    def test_a_property_inside_a_property_gives_the_data_below_both(self, tracer: Tracer) -> None:
        reads = reads_of(tracer, lambda h: h.event.label)
        assert reads["self.event.label"] == {"self.event.branch", "self.event._pr_id"}
        assert "self.event.pr_id" not in reads

    def test_a_method_is_not_data_but_what_it_reads_is(self, tracer: Tracer) -> None:
        assert set(reads_of(tracer, lambda h: h.event.get_dict())) == {
            "self.event",
            "self.event.branch",
            "self.event.sha",
        }

    def test_getattr_counts(self, tracer: Tracer) -> None:
        assert "self.event.branch" in reads_of(tracer, lambda h: getattr(h.event, "branch"))  # noqa: B009

    def test_reads_before_the_boundary_do_not(self, tracer: Tracer) -> None:
        handler = Handler()
        assert handler.event.branch == "main"
        assert reads_of(tracer, nothing, handler) == {}

    def test_a_handler_that_the_boundary_creates_is_not_an_input(self, tracer: Tracer) -> None:
        assert reads_of(tracer, lambda _: Handler().event.branch) == {}

    def test_the_values_of_a_dictionary_stay_below_their_attribute(self, tracer: Tracer) -> None:
        assert "self.event.metadata" in reads_of(tracer, lambda h: h.event.metadata["targets"])

    def test_objects_in_lists_and_dictionaries_share_one_path(self, tracer: Tracer) -> None:
        reads = reads_of(tracer, lambda h: ([job.token for job in h.jobs], h.by_name["one"].sha))
        assert {"self.jobs[*].token", "self.by_name[*].sha"} <= set(reads)

    def test_constants_of_the_class_and_properties_over_them_do_not(self, tracer: Tracer) -> None:
        assert set(reads_of(tracer, lambda h: (h.event.kind, h.event.constant))) == {"self.event"}

    def test_an_enum_is_a_value(self, tracer: Tracer) -> None:
        assert set(reads_of(tracer, lambda h: h.event.state.value)) == {"self.event", "self.event.state"}

    def test_clients_locks_and_classes_do_not(self, tracer: Tracer) -> None:
        assert reads_of(tracer, lambda h: (h.client, h.lock, h.make)) == {}

    def test_an_attribute_that_is_not_there_does_not(self, tracer: Tracer) -> None:
        assert set(reads_of(tracer, lambda h: getattr(h.event, "nothing", None))) == {"self.event"}

    def test_bound_arguments_are_roots_under_their_names(self, tracer: Tracer) -> None:
        event = Event()
        assert set(reads_of(tracer, lambda _: event.branch, {"event": event, "n": 1})) == {"event.branch"}

    def test_deeper_than_four_is_out_of_reach(self, tracer: Tracer) -> None:
        root = chain = Config()
        for _ in range(6):
            chain.next = Config()  # type: ignore[attr-defined]  # any attribute will do
            chain = chain.next  # type: ignore[attr-defined]  # any attribute will do
        reads = reads_of(tracer, lambda _: chain.token, root)
        assert reads == {}
        assert reads.watched == 5

    def test_a_circle_ends(self, tracer: Tracer) -> None:
        handler = Handler()
        handler.event.owner = handler
        handler.jobs.append(handler.jobs)
        assert "self.event.sha" in reads_of(tracer, lambda h: h.event.sha, handler)

    def test_deep_and_long_json_is_looked_into_with_measure(self, tracer: Tracer) -> None:
        deep: list[Any] = []
        for _ in range(5_000):
            deep = [deep]
        handler = Handler()
        handler.event.metadata = {"deep": deep, "long": [[{"a": i}] * 50 for i in range(2_000)]}  # type: ignore[dict-item]  # on purpose
        assert "self.event.sha" in reads_of(tracer, lambda h: h.event.sha, handler)

    def test_other_threads_are_heard(self, tracer: Tracer) -> None:
        def act(handler: Handler) -> None:
            thread = threading.Thread(target=lambda: handler.event.label)
            thread.start()
            thread.join()

        assert reads_of(tracer, act)["self.event.label"] == {"self.event.branch", "self.event._pr_id"}

    def test_the_innermost_reading_takes_the_reads(self, tracer: Tracer) -> None:
        handler = Handler()
        with tracer.reading(handler) as outer:
            assert handler.event.sha
            with tracer.reading(handler) as inner:
                assert handler.event.branch
        assert "self.event.branch" in inner
        assert set(outer) == {"self.event", "self.event.sha"}


class TestWrittenMeanwhile:
    def test_what_the_handler_wrote_first_is_no_input(self, tracer: Tracer) -> None:
        def act(handler: Handler) -> None:
            handler._cache = "mine"
            assert handler._cache

        assert reads_of(tracer, act) == {}

    def test_even_when_it_wrote_what_was_there(self, tracer: Tracer) -> None:
        def act(handler: Handler) -> None:
            handler._cache = None
            assert handler._cache is None

        assert reads_of(tracer, act) == {}

    def test_read_first_and_then_written_is_an_input(self, tracer: Tracer) -> None:
        def act(handler: Handler) -> None:
            handler._cache = handler._cache or "mine"

        assert set(reads_of(tracer, act)) == {"self._cache"}

    def test_a_lazy_property_is_an_input_by_what_it_was_computed_from(self, tracer: Tracer) -> None:
        reads = reads_of(tracer, lambda h: (h.event.project, h.event.project))
        assert reads["self.event.project"] == {"self.event._project", "self.event.branch"}

    def test_a_cached_property_likewise(self, tracer: Tracer) -> None:
        reads = reads_of(tracer, lambda h: (h.event.slow, h.event.slow))
        assert reads == {"self.event": set(), "self.event.slow": {"self.event.sha"}}

    def test_a_cached_property_that_was_computed_before_is_data(self, tracer: Tracer) -> None:
        handler = Handler()
        assert handler.event.slow == "ABC"
        assert reads_of(tracer, lambda h: h.event.slow, handler)["self.event.slow"] == set()


class TestWhole:
    @pytest.mark.parametrize(
        "whole",
        [vars, lambda event: event.__dict__, copy.copy, copy.deepcopy, pickle.dumps, as_json],
        ids=["vars", "__dict__", "copy", "deepcopy", "pickle", "json"],
    )
    def test_taking_all_of_an_object_reads_all_of_it(self, tracer: Tracer, whole: Callable[[Any], Any]) -> None:
        reads = reads_of(tracer, lambda h: whole(h.event))
        assert {"self.event._pr_id", "self.event.branch", "self.event.metadata"} <= reads["self.event.*"]

    def test_the_view_that_took_all_covers_each(self, tracer: Tracer) -> None:
        assert missing(tracer, lambda h: (h.event.pr_id, h.event.branch), lambda h: vars(h.event)) == ()

    def test_the_view_that_lacks_one_is_told_which(self, tracer: Tracer) -> None:
        def view(handler: Handler) -> object:
            event = handler.event
            return event.branch, event.sha, event._project, event.config.token, event.metadata, event.state

        assert missing(tracer, lambda h: vars(h.event), view) == ("self.event._pr_id",)

    def test_the_view_that_has_none_is_told_once(self, tracer: Tracer) -> None:
        assert missing(tracer, lambda h: vars(h.event), nothing) == ("self.event.*",)


class TestUnread:
    def test_the_forgotten_attribute_is_named(self, tracer: Tracer) -> None:
        assert missing(tracer, lambda h: (h.event.pr_id, h.event.sha), lambda h: h.event.sha) == ("self.event.pr_id",)

    def test_the_same_property_on_both_sides(self, tracer: Tracer) -> None:
        assert missing(tracer, lambda h: h.event.label, lambda h: h.event.label) == ()

    def test_all_the_data_below_a_property_is_as_good(self, tracer: Tracer) -> None:
        assert missing(tracer, lambda h: h.event.label, lambda h: (h.event.branch, h.event._pr_id)) == ()

    def test_a_property_that_gives_its_data_unchanged_carries_it(self, tracer: Tracer) -> None:
        assert missing(tracer, lambda h: h.event.label, lambda h: (h.event.branch, h.event.pr_id)) == ()

    def test_some_of_the_data_is_not(self, tracer: Tracer) -> None:
        assert missing(tracer, lambda h: h.event.label, lambda h: h.event.branch) == ("self.event.label",)

    def test_a_value_that_was_derived_does_not_carry_what_it_came_from(self, tracer: Tracer) -> None:
        assert missing(tracer, lambda h: h.event.pr_id, lambda h: h.event.is_pull_request) == ("self.event.pr_id",)

    def test_the_context_is_exempt_with_all_below_it(self, tracer: Tracer) -> None:
        act = lambda h: (h.event.config.token, h.event.sha)  # noqa: E731
        assert missing(tracer, act, nothing, "self.event.config") == ("self.event.sha",)
        assert missing(tracer, act, nothing, "self.event.con") == ("self.event.config.token", "self.event.sha")

    def test_the_context_below_a_property_is_exempt(self, tracer: Tracer) -> None:
        assert missing(tracer, lambda h: h.event.label, lambda h: h.event.branch, "self.event._pr_id") == ()

    def test_an_object_that_is_only_on_the_way_is_not_named(self, tracer: Tracer) -> None:
        assert missing(tracer, lambda h: h.event.config.token, nothing) == ("self.event.config.token",)

    def test_an_object_that_is_asked_for_a_method_is_on_the_way(self, tracer: Tracer) -> None:
        assert missing(tracer, lambda h: h.event.get_dict, nothing) == ()

    def test_an_object_that_is_looked_at_itself_is_named(self, tracer: Tracer) -> None:
        assert missing(tracer, lambda h: h.event is None, nothing) == ("self.event",)

    def test_a_row_is_carried_by_any_look_at_it_and_never_looked_into(self, tracer: Tracer) -> None:
        handler = Handler()
        handler.build = Build(id=1, status="failed")
        act = lambda h: h.build.status  # noqa: E731
        assert missing(tracer, act, nothing, root=handler) == ("self.build",)
        assert missing(tracer, act, lambda h: h.build.id, root=handler) == ()
        assert "__getattribute__" not in vars(Build)

    def test_the_result_is_sorted(self, tracer: Tracer) -> None:
        assert missing(tracer, lambda h: (h.event.sha, h.event.branch), nothing) == (
            "self.event.branch",
            "self.event.sha",
        )


class TestUserCodeStaysTheSame:
    def test_a_property_raises_what_it_raised(self, tracer: Tracer) -> None:
        def act(handler: Handler) -> None:
            with pytest.raises(ValueError, match="no abc"):
                print(handler.event.broken)
            assert handler.event.branch

        reads = reads_of(tracer, act)
        assert reads["self.event.broken"] == {"self.event.sha"}
        assert reads["self.event.branch"] == set()

    def test_an_attribute_that_is_missing_says_so(self, tracer: Tracer) -> None:
        def act(handler: Handler) -> None:
            with pytest.raises(AttributeError, match="'Event' object has no attribute 'nope'") as found:
                print(handler.event.nope)
            assert found.value.name == "nope"

        reads_of(tracer, act)

    def test_getattr_fallbacks_answer_each_name_for_itself(self, tracer: Tracer) -> None:
        class Proxy:
            def __init__(self) -> None:
                self._data = {"pr_id": 1, "branch": "main"}

            def __getattr__(self, name: str) -> Any:
                try:
                    return self._data[name]
                except KeyError:
                    raise AttributeError(name) from None

        handler = Handler(Proxy())
        act = lambda h: (h.event.pr_id, hasattr(h.event, "nope"))  # noqa: E731
        reads = reads_of(tracer, act, handler)
        assert reads["self.event.pr_id"] == {"self.event._data"}
        assert missing(tracer, act, lambda h: h.event.branch, root=handler)[-1] == "self.event.pr_id"
        assert "self.event.pr_id" not in missing(tracer, act, lambda h: h.event._data, root=handler)

    def test_own_accessors_are_kept_and_given_back(self, tracer: Tracer) -> None:
        class Loud:
            def __init__(self) -> None:
                self.word = "hello"

            def __getattribute__(self, name: str) -> Any:
                value = object.__getattribute__(self, name)
                return value.upper() if name == "word" else value

            def __setattr__(self, name: str, value: Any) -> None:
                object.__setattr__(self, name, value.strip())

        before = dict(vars(Loud))
        handler = Handler(Loud())

        def act(handler: Handler) -> None:
            assert handler.event.word == "HELLO"
            handler.event.word = " bye "
            assert handler.event.word == "BYE"

        assert "self.event.word" in reads_of(tracer, act, handler)
        tracer.uninstall()
        assert dict(vars(Loud)) == before

    def test_attributes_can_be_deleted(self, tracer: Tracer) -> None:
        def act(handler: Handler) -> None:
            del handler.event.branch
            assert not hasattr(handler.event, "branch")
            handler.event.branch = "new"
            assert handler.event.branch == "new"

        assert set(reads_of(tracer, act)) == {"self.event"}

    def test_inherited_classes_count_once(self, tracer: Tracer) -> None:
        class Child(Event):
            @property
            def pr_id(self) -> int | None:
                return super().pr_id

        handler = Handler(Child())
        handler.by_name["parent"] = Event()
        assert reads_of(tracer, lambda h: h.event.pr_id, handler)["self.event.pr_id"] == {"self.event._pr_id"}

    def test_slots(self, tracer: Tracer) -> None:
        class Slotted:
            __slots__ = ("__hidden", "empty", "word")

            def __init__(self) -> None:
                self.word = "hello"
                self.__hidden = 1

            @property
            def hidden(self) -> int:
                return self.__hidden

        def act(handler: Handler) -> None:
            assert handler.event.word
            assert handler.event.hidden == 1
            assert not hasattr(handler.event, "empty")
            handler.event.empty = 2
            assert handler.event.empty == 2

        reads = reads_of(tracer, act, Handler(Slotted()))
        assert set(reads) == {"self.event", "self.event.word", "self.event.hidden"}
        assert reads["self.event.hidden"] == {"self.event._Slotted__hidden"}

    @pytest.mark.parametrize(
        "options", [{}, {"frozen": True}, {"slots": True}, {"frozen": True, "slots": True}], ids=str
    )
    def test_dataclasses(self, tracer: Tracer, options: dict[str, bool]) -> None:
        plain = type("Data", (), {"__annotations__": {"word": str, "n": int}, "__module__": __name__, "n": 1})
        data = dataclasses.dataclass(**options)(plain)  # type: ignore[call-overload]  # the options vary

        def act(handler: Handler) -> None:
            assert handler.event == data("hello")
            assert dataclasses.replace(handler.event, n=2).n == 2
            if options.get("frozen"):
                with pytest.raises(dataclasses.FrozenInstanceError):
                    handler.event.word = "no"

        assert {"self.event.word"} <= set(reads_of(tracer, act, Handler(data("hello"))))

    def test_pydantic_models(self, tracer: Tracer) -> None:
        class Model(BaseModel):
            word: str
            n: int = 1
            _secret: int = PrivateAttr(default=7)

        def act(handler: Handler) -> None:
            assert handler.event.word == "hello"
            assert handler.event._secret == 7
            with pytest.raises(AttributeError):
                print(handler.event.nope)

        handler = Handler(Model(word="hello"))
        assert {"self.event.word", "self.event._secret"} <= set(reads_of(tracer, act, handler))
        assert missing(tracer, act, lambda h: h.event.n, root=handler) == ("self.event._secret", "self.event.word")
        assert missing(tracer, lambda h: h.event.word, lambda h: h.event.model_dump(), root=handler) == ()

    def test_named_tuples_are_values(self, tracer: Tracer) -> None:
        class Point(NamedTuple):
            x: int
            inner: Any

        reads = reads_of(tracer, lambda h: (h.event.x, h.event.inner.token), Handler(Point(1, Config())))
        assert set(reads) == {"self.event", "self.event[*].token"}

    def test_descriptors_that_hold_the_data_themselves(self, tracer: Tracer) -> None:
        class Field:
            def __get__(self, target: object, owner: type) -> Any:
                return self if target is None else "held elsewhere"

        class Form:
            word = Field()

        assert missing(tracer, lambda h: h.event.word, nothing, root=Handler(Form())) == ("self.event.word",)

    def test_rows_behave_in_their_session(self, tracer: Tracer) -> None:
        engine = create_engine("sqlite://")
        Base.metadata.create_all(engine)
        with Session(engine) as session:
            handler = Handler()
            handler.build = Build()
            session.add(handler.build)
            session.commit()
            reads = reads_of(tracer, lambda h: h.build.status, handler)
        engine.dispose()
        assert set(reads) == {"self.build"}

    def test_lazy_proxies_are_not_woken(self, tracer: Tracer) -> None:
        class Lazy:
            @property
            def __class__(self) -> type:  # type: ignore[override]  # as proxies do
                raise AssertionError("woken")

        assert "self.event" in reads_of(tracer, lambda h: h.event is None, Handler(Lazy()))

    def test_afterwards_nothing_is_left_on_the_classes(self, tracer: Tracer) -> None:
        reads_of(tracer, lambda h: h.event.branch)
        assert "__getattribute__" in vars(Event)
        tracer.uninstall()
        assert {"__getattribute__", "__setattr__", "__getattr__"}.isdisjoint(vars(Event))

    def test_between_readings_nothing_is_noted(self, tracer: Tracer) -> None:
        handler = Handler()
        with tracer.reading(handler) as reads:
            pass
        assert handler.event.branch == "main"
        assert reads == {}


class TestOurOwnFailures:
    def test_a_root_that_cannot_be_looked_at_leaves_the_handler_alone(self) -> None:
        class Odd(type):
            @property
            def __module__(cls) -> str:  # type: ignore[override]  # as hostile as it gets
                raise RuntimeError("no module")

        class Root(metaclass=Odd):
            word = "hello"

        tracer = Tracer(project_prefixes=(__name__,))
        root = Root()
        with tracer.reading(root) as reads:
            assert root.word == "hello"
        assert reads.watched == 0
        assert tracer.errors == ["reach: RuntimeError: no module"]

    def test_the_handler_s_exception_passes_and_closes_the_reading(self, tracer: Tracer) -> None:
        handler = Handler()
        with pytest.raises(KeyError), tracer.reading(handler) as reads:
            print(handler.event.metadata["nope"])
        assert handler.event.sha
        assert set(reads) == {"self.event", "self.event.metadata"}
