"""How is the committed sample of a report made? ``python -m tests.sample``: three planted defects, the shipped run."""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from tests.e2e import test_planted_downstream, test_planted_effects
from tests.e2e.browser import LAPTOP, launched
from tests.e2e.planting import ROOT, Defect, copy_of_the_example, plant, run

SAMPLE = ROOT / "reports" / "sample"
PICTURES = ROOT / "docs" / "images"
DEFECTS = ("an effect left out", "an option of the config lost", "a tag without what it begins with")


def planted() -> list[Defect]:
    """Return the defects of the sample: tests plant the same."""
    known = [
        defect
        for module in (test_planted_effects, test_planted_downstream)
        for found in vars(module).values()
        for defect in (found if isinstance(found, tuple) else ())
        if isinstance(defect, Defect)
    ]
    return [next(defect for defect in known if defect.name == name) for name in DEFECTS]


def main() -> int:
    """Run the example with three defects in it, keep its papers, and take pictures of the page."""
    with tempfile.TemporaryDirectory() as folder:
        copy = copy_of_the_example(Path(folder))
        for defect in planted():
            plant(copy, defect.edits)
        code, _report, printed = run(copy, seconds=1_800)
        if code != 1:
            print(printed)
            return 1
        SAMPLE.mkdir(parents=True, exist_ok=True)
        for name in ("report.html", "report.md", "report.json"):
            shutil.copy(copy / "reports" / name, SAMPLE / name)
    pictures(SAMPLE / "report.html")
    return 0


def pictures(report: Path) -> None:
    """Take the pictures of the README: the first screen, and what two sides did."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    with launched() as browser:
        page = browser.new_page(viewport={"width": LAPTOP[0], "height": LAPTOP[1]}, color_scheme="light")
        page.goto(report.as_uri())
        page.screenshot(path=PICTURES / "report.png")
        difference = page.locator(
            "details.handler[data-decision=fail] details.group", has_text="list_on_homepage"
        ).first
        difference.evaluate("(one) => { for (let at = one; at; at = at.parentElement) at.open = true }")
        difference.locator("details").first.evaluate("(one) => { one.open = true }")
        difference.screenshot(path=PICTURES / "difference.png")
        page.locator("#map").screenshot(path=PICTURES / "map.png")
        page.close()


if __name__ == "__main__":
    sys.exit(main())
