"""One task whose handlers choose; the marks at the ends of lines are what tests look for."""

from typing import Any

from celery import Celery

from tests.unit.replay.choosy.shared import shortened

app = Celery("choosy-legacy", broker="redis://nowhere.test/0", set_as_current=False)


class Greet:
    def __init__(self, event: dict[str, Any]) -> None:
        self.name = event["name"]
        self.loud = event.get("loud", False)

    def run(self) -> str:
        if self.loud:  # loud?
            return self.shouted()  # loud
        return shortened(self.name)  # quiet

    def shouted(self) -> str:
        try:
            return str(self.name.upper())
        except AttributeError:  # no name?
            return "?"  # no name


class Part:
    def __init__(self, event: dict[str, Any]) -> None:
        self.name = event["name"]

    def run(self) -> str:
        return f"bye {polite(self.name)}"


def polite(name: str) -> str:
    return "" if name is None else name


def never(name: str) -> str:
    return name


@app.task(name="choosy.legacy.process")
def process(event: dict[str, Any]) -> None:
    if "greet" in event["do"]:
        Greet(event).run()
    if "part" in event["do"]:
        Part(event).run()
