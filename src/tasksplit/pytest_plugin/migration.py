"""Which tests is a migration? Each handler's decision, and each stratum that is declared."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tasksplit.errors import TasksplitError, sentence
from tasksplit.model.decision import Answer
from tasksplit.model.migration import Migration
from tasksplit.model.strata import declared_names
from tasksplit.pytest_plugin.once import Once, Ran, Wanted
from tasksplit.replay.declared import load
from tasksplit.report.cases import Case
from tasksplit.report.words import visible

DECISION = "decision"  #: the name of the test of a handler's whole decision
_FOLDER = "tasksplit_folder"  # that the workers of xdist share


class Gate:
    """The plugin of one run of pytest: what is declared, and what came of it. Workers of xdist have one each."""

    def __init__(self, config: pytest.Config) -> None:
        """Raises pytest.UsageError where the migration, or the messages for it, are not there."""
        self._config = config
        self._path: str = config.getoption("--tasksplit")
        self._form: str = config.getoption("--tasksplit-form")
        try:
            self.migration: Migration = load(self._path)
        except TasksplitError as error:
            raise pytest.UsageError(f"--tasksplit: {error}") from error
        self.file = Path(str(sys.modules[self._path.partition(":")[0]].__file__)).resolve()
        self._shared = self._folder()
        self._once = Once(
            Wanted(
                migration=self.migration, path=self._path, form=self._form, messages=self._messages(),
                import_paths=tuple(map(str, config.getini("pythonpath"))),
            ),
            self._shared,
        )  # fmt: skip
        self._args()

    def ran(self) -> Ran:
        """Return what came of the run; it happens when the first test asks, once for all workers."""
        return self._once.ran()

    def _messages(self) -> Path | None:
        given: str = self._config.getoption("--tasksplit-messages")
        folder = self._config.invocation_params.dir / given if given else None
        if folder is not None and not folder.is_dir():
            told = sentence(
                found=f"no folder {given!r}", expected="a folder of JSON payloads", do="correct --tasksplit-messages"
            )
            raise pytest.UsageError(f"--tasksplit-messages: {told}")
        if folder is None and not self.migration.messages:
            told = sentence(
                found=f"no messages for {self._path}", expected="a folder of them, or a migration that generates some",
                do="give --tasksplit-messages, or declare Migration(messages=...)",
            )  # fmt: skip
            raise pytest.UsageError(f"--tasksplit: {told}")
        return folder

    def _args(self) -> None:
        """Have the declaration's file collected: alone if nothing but our option asks for tests, else too."""
        config = self._config
        named = any(arg.split("=")[0] == "--tasksplit" for arg in map(str, config.invocation_params.args))
        if named and config.args_source is not pytest.Config.ArgsSource.ARGS:
            config.args = [str(self.file)]
        elif not any(self._is_ours(arg) for arg in config.args):
            config.args = [*config.args, str(self.file)]

    def _is_ours(self, arg: str) -> bool:
        return (self._config.invocation_params.dir / arg.partition("::")[0]).resolve() == self.file

    # --- the folder that the workers of xdist share ------------------------------------------------------------------

    def _folder(self) -> Path | None:
        told: dict[str, Any] = getattr(self._config, "workerinput", {})
        return Path(told[_FOLDER]) if _FOLDER in told else None

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:  # of xdist, which ships no type of it
        """Name a folder to the workers: one of them runs the migration, and leaves there what came of it."""
        if self._shared is None:
            self._shared = Path(tempfile.mkdtemp(prefix="tasksplit-pytest-"))
        node.workerinput[_FOLDER] = str(self._shared)

    def pytest_unconfigure(self, config: pytest.Config) -> None:
        """Take the folder away; workers leave it to whoever made it."""
        if self._shared is not None and not hasattr(config, "workerinput"):
            shutil.rmtree(self._shared, ignore_errors=True)

    # --- collecting --------------------------------------------------------------------------------------------------

    def pytest_report_header(self) -> str:
        """Say what is judged."""
        return f"tasksplit: {self._path}, form {self._form}"

    def pytest_pycollect_makemodule(self, module_path: Path, parent: pytest.Collector) -> MigrationFile | None:
        """Take the declaration's file for what it is: pytest would import it anew, and look for functions in it."""
        if module_path.resolve() != self.file or self._has_tests(module_path):
            return None
        return MigrationFile.of(parent, module_path, self)

    def pytest_collect_file(self, file_path: Path, parent: pytest.Collector) -> MigrationFile | None:
        """Collect the declaration beside the tests of its file, where that is a file of tests."""
        if file_path.resolve() != self.file or not self._has_tests(file_path):
            return None
        return MigrationFile.of(parent, file_path, self)

    def _has_tests(self, path: Path) -> bool:
        return any(path.match(pattern) for pattern in self._config.getini("python_files"))


class MigrationFile(pytest.File):
    """Which handlers are declared? ``dispatch`` is one of them."""

    gate: Gate

    @classmethod
    def of(cls, parent: pytest.Collector, path: Path, gate: Gate) -> MigrationFile:
        """Return the file of that declaration."""
        made: MigrationFile = cls.from_parent(parent, path=path)
        made.gate = gate
        return made

    def collect(self) -> Iterator[HandlerNode]:
        """Yield a node for each handler, the same in each process and each run."""
        for name in self.gate.migration.names:
            node: HandlerNode = HandlerNode.from_parent(self, name=name)
            node.gate = self.gate
            yield node


class HandlerNode(pytest.Collector):
    """Which tests has a handler? Strata that only messages know are part of its decision."""

    gate: Gate

    def collect(self) -> Iterator[CaseItem]:
        """Yield the decision, then the declared strata."""
        strata = declared_names(self.gate.migration.strata_of(self.name))
        for stratum in ("", *dict.fromkeys(strata)):
            item: CaseItem = CaseItem.from_parent(self, name=_name(stratum))
            item.gate, item.handler, item.stratum = self.gate, self.name, stratum
            item.funcargs = {}  # other plugins look there, whatever it is that failed
            item.add_marker(pytest.mark.tasksplit(handler=self.name))
            if self.config.pluginmanager.hasplugin("timeout"):
                item.add_marker(pytest.mark.timeout(0))  # the first one waits for the run, which has its own bounds
            yield item


class CaseItem(pytest.Item):
    """Does this handler, or this stratum of it, pass?"""

    gate: Gate
    handler: str
    stratum: str
    funcargs: dict[str, object]

    def setup(self) -> None:
        """Have the migration run; that it could not is an error of this test and no failure."""
        ran = self.gate.ran()
        if ran.problem:
            pytest.fail(ran.problem, pytrace=False)

    def runtest(self) -> None:
        """Fail on whatever is no pass: what waits is none."""
        found = [case for case in self.gate.ran().cases if self._is_about(case)]
        against = [case for case in found if case.answer is not Answer.PASS]
        if against:
            pytest.fail("\n".join(f"{case.answer} {_about(case)}{case.text}" for case in against), pytrace=False)
        if not found:
            pytest.fail(f"wait: nothing is known of {self.handler} {self.stratum}", pytrace=False)

    def reportinfo(self) -> tuple[Path, None, str]:
        """Return where it is declared, and what it is called."""
        return self.path, None, f"{self.handler}: {self.name}"

    def _is_about(self, case: Case) -> bool:
        if self.stratum:
            return case.handler == self.handler and self.stratum in {case.stratum, case.declared}
        return not case.stratum and case.handler in {self.handler, ""}  # what blocks a run blocks them all


def _name(stratum: str) -> str:
    """Return what pytest reads back from an id as it was: colons part the names in it, brackets hold parameters."""
    return visible(stratum).replace("::", ":").translate({ord("["): "(", ord("]"): ")"}) or DECISION


def _about(case: Case) -> str:
    return f"{visible(f'{case.handler} {case.stratum}'.strip())}: " if case.handler else ""
