"""Which messages could come? `python -m examples.pipeline.generate --seed 1` writes those that are shipped.

A message is the id of an event, as the task gets it, with what the world holds: the row, the stock, and what the index
answers. A bare number is an event without a row.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

Data = dict[str, Any]
SHIPPED = Path(__file__).parent / "messages"
FEW = 3  #: messages of each rare way
WORDS = ("please", "could", "you", "look", "at", "this", "when", "there", "is", "time", "it", "does", "not", "work")
SKUS = ("lamp", "chair", "desk", "shelf")


def _text(draw: random.Random, *needed: str) -> str:
    words = [*needed, *draw.choices(WORDS, k=draw.randint(4, 12))]
    draw.shuffle(words)
    return " ".join(words)


def _ticket(*words: str, **more: Any) -> Callable[[random.Random], Data]:
    def make(draw: random.Random) -> Data:
        topic = draw.choice(("invoice", "refund", "password", "login", "colour"))
        body = _text(draw, topic, *words)
        return {"subject": f"About my {topic}", "body": body, "sender": f"user{draw.randint(1, 9999)}@mail", **more}

    return make


def _order(quantity: int, **more: Any) -> Callable[[random.Random], Data]:
    def make(draw: random.Random) -> Data:
        skus = draw.sample(SKUS, k=draw.randint(1, 3))
        lines = [{"sku": sku, "quantity": draw.randint(1, 4), "cents": draw.randint(100, 9999)} for sku in skus]
        lines[-1]["quantity"] = quantity or lines[-1]["quantity"]
        return {"lines": lines, **more}

    return make


def _document(text: str = "", **more: Any) -> Callable[[random.Random], Data]:
    def make(draw: random.Random) -> Data:
        title = _text(draw)
        return {"title": title, "html": text or f"<h1>{title}</h1><p>{_text(draw)}</p>", **more}

    return make


def _other(draw: random.Random) -> Data:
    return {"note": _text(draw)}


def _broken(draw: random.Random) -> Data:
    return {"subject": _text(draw)}


MAIN: dict[str, tuple[str, Callable[[random.Random], Data]]] = {
    "ticket-question": ("ticket", _ticket()),
    "ticket-urgent": ("ticket", _ticket("urgent")),
    "order-enough": ("order", _order(0)),
    "document-text": ("document", _document()),
}
"""Name of a way -> kind of event and how its data are made: together these reach every handler."""
RARE: dict[str, tuple[str, Callable[[random.Random], Data], Data]] = {
    "ticket-spam": ("ticket", _ticket("casino"), {}),
    "ticket-private": ("ticket", _ticket(private=True), {}),
    "ticket-index-later": ("ticket", _ticket(), {"index": [503, 503]}),
    "ticket-index-refuses": ("ticket", _ticket("outage"), {"index": [400]}),
    "ticket-broken": ("ticket", _broken, {}),
    "order-short": ("order", _order(1000), {}),
    "order-unknown-article": ("order", _order(2), {"stock": {"lamp": 5}}),
    "order-impossible": ("order", _order(-1), {}),
    "order-private": ("order", _order(0, private=True), {}),
    "order-index-later": ("order", _order(0), {"index": [503]}),
    "order-index-away": ("order", _order(0), {"index": [503] * 9}),
    "order-index-refuses": ("order", _order(0), {"index": [400]}),
    "order-broken": ("order", _other, {}),
    "document-empty": ("document", _document("<p> </p>"), {}),
    "document-private": ("document", _document(private=True), {}),
    "document-index-later": ("document", _document(), {"index": [503]}),
    "document-index-refuses": ("document", _document(), {"index": [400]}),
    "document-broken": ("document", _other, {}),
    "other": ("audit", _other, {}),
}


def generate(seed: int, per_kind: int) -> Iterator[tuple[str, object]]:
    """Named messages, the same for the same arguments: `per_kind` customers for each main way, a few for others."""
    draw = random.Random(seed)
    for name, (kind, make) in MAIN.items():
        for number in range(per_kind):
            yield f"{name}-{number:03d}", _message(draw, kind, make(draw), {})
    for name, (kind, make, world) in RARE.items():
        for number in range(FEW):
            yield f"{name}-{number:03d}", _message(draw, kind, make(draw), world)
    for kind in ("ticket", "order", "document"):
        for number in range(FEW):
            done = _message(draw, kind, {"seen": True}, {})
            done["event"]["done"] = True
            yield f"{kind}-again-{number:03d}", done
    for number in range(FEW):
        yield f"no-row-{number:03d}", draw.randint(10_000, 99_999)


def _message(draw: random.Random, kind: str, data: Data, world: Data) -> Data:
    event = {"kind": kind, "customer": f"customer-{draw.randint(1, 999_999):06d}", "data": data}
    stock = {"stock": dict.fromkeys(SKUS, 50)} if kind == "order" else {}
    return {"event_id": draw.randint(10_000, 99_999), "event": event, **stock, **world}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--per-kind", type=int, default=12)
    parser.add_argument("--out", type=Path, default=SHIPPED)
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    for name, payload in generate(arguments.seed, arguments.per_kind):
        (arguments.out / f"{name}.json").write_text(json.dumps(payload, indent=1) + "\n")


if __name__ == "__main__":
    main()
