"""The tasks that it becomes."""

from typing import Any

from celery import Celery

from tests.unit.replay.choosy.shared import shortened

app = Celery("choosy-split", broker="redis://nowhere.test/0", set_as_current=False)


def greet_service(*, name: str, loud: bool) -> str:
    if loud:  # loud?
        return _shouted(name)  # loud
    return shortened(name)  # quiet


def _shouted(name: str) -> str:
    try:
        return name.upper()
    except AttributeError:  # no name?
        return "?"  # no name


def part_service(*, name: str) -> str:
    return f"bye {name or ''}"


@app.task(name="choosy.greet")
def greet(*, name: str, loud: bool) -> str:
    return greet_service(name=name, loud=loud)


@app.task(name="choosy.part")
def part(*, name: str) -> str:
    return part_service(name=name)


@app.task(name="choosy.split.process")
def process(event: dict[str, Any]) -> None:
    if "greet" in event["do"]:
        greet.delay(name=event["name"], loud=event.get("loud", False))
    if "part" in event["do"]:
        part.delay(name=event["name"])
