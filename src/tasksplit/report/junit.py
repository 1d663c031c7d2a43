"""What does a CI system read of a run? JUnit XML: valid whatever a payload holds, and of a bounded size."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence
from hashlib import sha256

from tasksplit.model.decision import Answer
from tasksplit.report.cases import Case, Suite
from tasksplit.report.words import clipped

MOST_BYTES = 8_000_000  #: of texts; a host refuses files of more than 30 MB
MOST_NAME = 200  #: characters of a name; a longer one keeps a digest, so that it stays another one

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # what XML 1.0 cannot hold at all
_LEFT_OUT = "(left out here: the file would be too long; see report.json)"


def as_junit(suites: Sequence[Suite], *, most: int = MOST_BYTES) -> bytes:
    """Return one ``testsuite`` for each form.

    A case is named ``stratum [form]`` in the class ``migration.handler``: hosts drop a second case of one name. What
    fails is a ``failure``, what waits an ``error``, since nobody could tell; nothing is ever skipped.
    ``most``: bytes of all texts together.
    """
    root = ET.Element("testsuites", name="tasksplit")
    left = most
    for suite in suites:
        answers = [case.answer for case in suite.cases]
        drawn = ET.SubElement(
            root, "testsuite", name=_attribute(f"{suite.migration} [{suite.form}]"), tests=str(len(answers)),
            failures=str(answers.count(Answer.FAIL)), errors=str(answers.count(Answer.WAIT)), skipped="0",
            time=f"{suite.seconds:.3f}",
        )  # fmt: skip
        for case in suite.cases:
            left -= _draw(drawn, suite, case, left)
    ET.indent(root)
    written: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return written + b"\n"


def _draw(parent: ET.Element, suite: Suite, case: Case, left: int) -> int:
    """Draw a case; return how many bytes its text took of those that are left."""
    path = (suite.migration, case.handler) if case.handler else (suite.migration,)
    whole = "decision" if case.handler else "the run as a whole"
    drawn = ET.SubElement(
        parent, "testcase", classname=_attribute(".".join(path)), time="0",
        name=_attribute(f"{case.stratum or whole} [{suite.form}]"),
    )  # fmt: skip
    text = _characters(case.text)
    size = len(text.encode())
    if size > left:
        text, size = _LEFT_OUT, 0
    if case.answer is Answer.PASS:
        ET.SubElement(drawn, "system-out").text = text
    else:
        kind, word = ("failure", "fail") if case.answer is Answer.FAIL else ("error", "wait")
        ET.SubElement(drawn, kind, type=word, message=_characters(clipped(case.said, MOST_NAME))).text = text
    return size


def _attribute(text: str) -> str:
    """Return a name, on one line; two that are too long and differ stay different."""
    seen = clipped(text, MOST_NAME)
    if len(text) > MOST_NAME:
        seen = f"{seen} {sha256(text.encode(errors='backslashreplace')).hexdigest()[:8]}"
    return _characters(seen)


def _characters(text: str) -> str:
    return "".join(_spelt(text))


def _spelt(text: str) -> Iterator[str]:
    end = 0
    for found in _NOT_XML.finditer(text):
        yield text[end : found.start()]
        yield f"\\u{ord(found.group()):04x}"
        end = found.end()
    yield text[end:]
