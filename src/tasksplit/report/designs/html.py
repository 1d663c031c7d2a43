"""How are designs drawn as a page that opens from disk? No script is needed, and none would run."""

from __future__ import annotations

from markupsafe import Markup

from tasksplit.model.design import Designs
from tasksplit.report.designs import told
from tasksplit.report.page.templates import environment, policy, read


def as_html(designs: Designs) -> bytes:
    """Return the tables of designs, of ways to pass data and of handlers as one HTML file."""
    style = read(("page.css", "designs.css"))
    page = environment().get_template("designs.html.jinja").render(
        setting=told.setting(designs), names=told.names(designs), lines=told.lines(designs),
        ways=tuple(told.ways(designs)), way_columns=told.WAY_COLUMNS, columns=told.columns(),
        handlers=tuple(told.handlers(designs)), style=Markup(style), policy=policy(style),  # noqa: S704 - ours
    )  # fmt: skip
    return page.encode()
