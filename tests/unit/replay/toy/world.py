"""Rows, a client with its stand-in, and a call: all that the toy service reads and changes."""

from collections.abc import Callable, Iterable
from typing import Any

import httpx
from sqlalchemy import create_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, scoped_session, sessionmaker

engine = create_engine("sqlite:////nonexistent/toy.db")
scoped = scoped_session(sessionmaker(engine))
client = httpx.Client(base_url="http://forge.toy", headers={"Authorization": "Bearer hidden"})


class Base(DeclarativeBase):
    pass


class Build(Base):
    __tablename__ = "builds"
    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str]
    state: Mapped[str]


def standin(_environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    start_response("200 OK", [("Content-Type", "application/json")])
    return [b'{"ok": true}']


def notify(to: str, text: Any) -> bool:
    return True


def prepare(payload: Any) -> None:
    with Session(engine) as session:
        session.add(Build(id=1, ref=str(payload.get("ref")), state="new"))
        session.commit()
