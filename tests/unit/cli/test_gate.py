"""Is what the gate says later what it said when it was asked?"""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from tasksplit.cli import app
from tests.unit.cli.rolling import CLEAN, FAILS, PATH, WAITS, ran, review


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("of_sample", "code"), [(CLEAN, 0), ({**CLEAN, "bill": WAITS}, 3), ({**CLEAN, "bill": FAILS}, 1)]
)
def test_a_form_on_a_sample_is_decided_by_the_bars_that_it_had(of_sample: dict[str, object], code: int) -> None:
    ran(review(), review(of_sample, form="recordings"))  # type: ignore[arg-type]
    ended = CliRunner().invoke(app, ["gate", "bill", "--migration", PATH])
    assert ended.exit_code == code, ended.output
    assert ended.output.count(" bill: ") == 2
