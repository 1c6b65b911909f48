"""The files of a submission as modules, which run when they are first imported.

Standard library only.
"""

import sys
import types
from collections.abc import Callable
from types import CodeType

from stand_ins import IMPORTER
from top_level import run_file

Report = Callable[[BaseException, int, str], None]  # gets an exception, and its line and file


class SubmissionFile:
    """One file of a submission."""

    def __init__(self, name: str, source: bytes) -> None:
        """name: as tracebacks have it."""
        self.name, self.source = name, source
        base = name.rpartition("/")[2]
        self.module = types.ModuleType(base.rpartition(".")[0] or base)
        self.module.__file__ = name
        self.text = ""
        self.code: CodeType | None = None
        self.is_run = False

    def compile(self) -> None:
        """Compile the file. Raises what compile raises if it is no Python.

        As text, so that a coding line in the file has no effect: the host has checked that it is
        UTF-8.
        """
        self.text = self.source.decode("utf-8-sig")
        self.code = compile(self.text, self.name, "exec", dont_inherit=True)

    def run(self, report: Report) -> types.ModuleType:
        """Run the file, unless that was done before, and return its module."""
        if self.is_run:
            return self.module
        self.is_run = True
        sys.modules[self.module.__name__] = self.module
        IMPORTER.sources[self.name] = self.text
        assert self.code is not None

        def report_line(error: BaseException, line: int) -> None:
            report(error, line, self.name)

        try:
            run_file(self.code, self.text, self.module.__dict__, report_line)
        except BaseException as error:  # interrupted between two statements
            report(error, 0, self.name)
        return self.module


def run_files(files: list[SubmissionFile], report: Report) -> None:
    """Run all files: the first one first, and the others when one imports them, or else after it.

    As in their folder, each can import the others. An empty one stands for a file of which nothing
    can be read: it is missing for those that import it.
    """
    written = [each for each in files if each.source]
    if len(files) > 1:
        IMPORTER.modules = {each.module.__name__: _runner(each, report) for each in written}
    for each in written:
        each.run(report)


def _runner(file: SubmissionFile, report: Report) -> Callable[[], types.ModuleType]:
    return lambda: file.run(report)
