"""The one task as it is today."""

from typing import Any

from celery import Celery

from tests.unit.replay.toy.acts import perform

app = Celery("toy-legacy", broker="redis://nowhere.test/0", set_as_current=False)


class Handler:
    def __init__(self, event: dict[str, Any], step: dict[str, Any]) -> None:
        self.event = event
        self.ref = event["ref"]
        self.job = step.get("job", "j")
        self.acts = step.get("acts", [])

    @property
    def lazy(self) -> str:
        raise AttributeError("never computed")

    def inner(self, step: dict[str, Any]) -> Any:
        return HANDLERS[step["handler"]](self.event, step).run()


class BuildHandler(Handler):
    def run(self) -> Any:
        return perform(self.ref, self.acts, self.inner)


class ReportHandler(Handler):
    def run(self) -> Any:
        return perform(self.ref, self.acts, self.inner)


HANDLERS = {"build": BuildHandler, "report": ReportHandler}


@app.task(name="toy.legacy.process", bind=True)
def process(self: Any, event: dict[str, Any]) -> Any:
    before = perform(event["ref"], event.get("before", []), lambda step: HANDLERS[step["handler"]](event, step).run())
    for step in event.get("steps", []):
        HANDLERS[step["handler"]](event, step).run()
    return perform(event["ref"], event.get("after", []), lambda step: None) or before


@app.task(name="toy.legacy.extra", shared=False)
def extra(**kwargs: Any) -> Any:
    return perform("extra", kwargs.get("acts", []), lambda step: None)
