"""The files of the reference, run in this process: one, or several that import each other.

Each may import another by its name, relatively, or as they lie in the folders of the course.
"""

import importlib
import importlib.abc
import importlib.machinery
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from grader.assignment.course_files import error_in, line_in, load_module

_PACKAGE = "reference_of_the_course"  # where files lie that are given without folders


def load_files(paths: Sequence[Path], places: Sequence[str]) -> dict[str, Any]:
    """Return what the files define. If several define a name, the first one's counts.

    places: the usual path of each file in the folders of the course. Raises AssignmentError.
    """
    if len(paths) == 1:
        return dict(vars(load_module(paths[0])))
    files = {_module_name(file): path for file, path in zip(places, paths, strict=True)}
    names: dict[str, Any] = {}
    with _importable(files):
        for name, path in files.items():
            try:
                module = importlib.import_module(name)
            except (Exception, SystemExit) as error:
                culprit = next((each for each in paths if line_in(each, error)), path)
                raise error_in(culprit, error, "cannot be imported") from None
            names = {**vars(module), **names}
    return names


def _module_name(file: str) -> str:
    """cs231n/layers.py -> cs231n.layers; a file without folders lies in a package of its own."""
    parts = file.removesuffix(".py").split("/")
    return ".".join(parts if len(parts) > 1 else [_PACKAGE, *parts])


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds files by the last part of a module's name, and the packages that they lie in."""

    def __init__(self, files: Mapping[str, Path]) -> None:
        self.files = {name.rpartition(".")[2]: path for name, path in files.items()}
        self.packages = {
            ".".join(parts[:length])
            for parts in (name.split(".") for name in files)
            for length in range(1, len(parts))
        }
        self.modules: dict[str, ModuleType] = {}  # by the last part of the name

    def find_spec(
        self,
        fullname: str,
        path: object = None,  # noqa: ARG002 - the protocol of finders
        target: object = None,  # noqa: ARG002
    ) -> importlib.machinery.ModuleSpec | None:
        is_package = fullname in self.packages
        parent, _, name = fullname.rpartition(".")
        is_file = name in self.files and (not parent or parent in self.packages)
        if not is_package and not is_file:
            return None
        return importlib.machinery.ModuleSpec(fullname, self, is_package=is_package)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> None:  # noqa: ARG002
        return None  # an ordinary module

    def exec_module(self, module: ModuleType) -> None:
        name = module.__name__.rpartition(".")[2]
        if module.__name__ in self.packages:
            return
        if name in self.modules:  # imported by another of its names before
            sys.modules[module.__name__] = self.modules[name]
            return
        self.modules[name] = module
        path = self.files[name]
        module.__file__ = str(path)
        exec(compile(path.read_bytes(), str(path), "exec", dont_inherit=True), vars(module))  # noqa: S102


@contextmanager
def _importable(files: Mapping[str, Path]) -> Iterator[None]:
    """Let the files import each other, and forget their modules afterwards."""
    finder, before = _Finder(files), dict(sys.modules)
    stems = set(finder.files) | finder.packages
    for name in stems & before.keys():  # a module of that name that was here before
        del sys.modules[name]
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)
        for name in sys.modules.keys() - before.keys():
            if name.rpartition(".")[2] in finder.files or name in finder.packages:
                del sys.modules[name]
        for name in stems & before.keys():
            sys.modules[name] = before[name]
