"""Who may know whom, and how large a room may be: read from the imports themselves."""

import ast
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from grader.sandbox.cures import CURES, LAYERS
from grader.sandbox.inside import wire

PROJECT = Path(__file__).resolve().parents[1]
FILES = sorted(PROJECT.glob("grader/**/*.py"))
LIBRARIES = {"numpy", "msgspec", "click", "jinja2", "markupsafe", "pyseccomp", "past", "markdown_it", "rich"}
INSIDE = PROJECT / "grader/sandbox/inside"


def module(path: Path) -> str:
    name = ".".join(path.relative_to(PROJECT).with_suffix("").parts)
    return name.removesuffix(".__init__")


def imported(path: Path) -> Iterator[str]:
    """Names of modules, wherever in the file they are imported."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


MODULES = {module(path): path for path in FILES}


def ours(path: Path) -> set[str]:
    """The modules of the grader that a file imports."""
    found = set()
    for name in imported(path):
        candidates = [known for known in MODULES if name == known or name.startswith(known + ".")]
        if candidates:
            found.add(max(candidates, key=len))
    return found


ALLOWED = {
    # room: what of ours it may import (a name stands for all below it)
    "grader.model": (),
    "grader.verdict": ("grader.model",),
    "grader.cache": (),
    "grader.whole_file": (),
    "grader.tables": (),
    "grader.source_text": (),
    "grader.hidden": ("grader.model", "grader.source_text"),
    "grader.explanation": ("grader.model",),
    "grader.places": (),
    "grader.data_flow": ("grader.places",),
    "grader.program_text": ("grader.places", "grader.data_flow", "grader.source_text"),
    "grader.expressions": ("grader.places", "grader.program_text"),
    "grader.suspects": ("grader.places", "grader.program_text", "grader.expressions"),
    "grader.guilty_line": ("grader", "grader.program_text", "grader.expressions", "grader.suspects"),
    "grader.stages": (),
    "grader.factors": ("grader.model",),
    "grader.signatures": ("grader.model", "grader.factors", "grader.stages"),
    "grader.slips": ("grader.model", "grader.factors"),
    "grader.diagnosis": ("grader.model", "grader.verdict", "grader.bench", "grader.factors", "grader.slips", "grader.checks.compare"),
    "grader.bench": ("grader.model", "grader.verdict"),
    "grader.checks": ("grader.model", "grader.verdict", "grader.bench", "grader.checks"),
    "grader.grading": (
        "grader",
        "grader.model",
        "grader.verdict",
        "grader.bench",
        "grader.checks",
        "grader.diagnosis",
        "grader.guilty_line",
        "grader.hidden",
    ),
    "grader.assignment": ("grader.model", "grader.checks", "grader.explanation", "grader.guilty_line", "grader.messages", "grader.tables"),
    "grader.assignment_files": ("grader.assignment", "grader.stages"),
    "grader.key_file": ("grader.model",),
    "grader.answer_key": (
        "grader",
        "grader.model",
        "grader.checks",
        "grader.assignment",
        "grader.assignment_files",
        "grader.key_file",
        "grader.signatures",
        "grader.stages",
        "grader.cache",
        "grader.tables",
    ),
    "grader.class_row": ("grader.model", "grader.verdict"),
    "grader.verified": ("grader.verdict",),
    "grader.verification": (
        "grader.model",
        "grader.verdict",
        "grader.verified",
        "grader.bench",
        "grader.checks",
        "grader.grading",
        "grader.stages",
        "grader.assignment",
        "grader.assignment_files",
        "grader.answer_key",
        "grader.naming",
        "grader.wording",
    ),
    "grader.naming": ("grader.model", "grader.bench", "grader.diagnosis"),
    "grader.wording": ("grader.assignment", "grader.answer_key", "grader.messages", "grader.verified"),
    "grader.known": ("grader.model", "grader.verdict", "grader.verified", "grader.assignment", "grader.intake", "grader.grading"),
    "grader.intake": ("grader.model", "grader.intake"),
    "grader.messages": ("grader.model", "grader.tables"),
    "grader.reports": (
        "grader",
        "grader.model",
        "grader.verdict",
        "grader.class_row",
        "grader.verified",
        "grader.class_row",
        "grader.cache",
        "grader.explanation",
        "grader.reports",
        "grader.source_text",
    ),
    "grader.exports": (
        "grader.model",
        "grader.verdict",
        "grader.class_row",
        "grader.exports",
        "grader.reports.seen",
        "grader.reports.sentences",
    ),
    "grader.gradebook": (
        "grader",
        "grader.model",
        "grader.verdict",
        "grader.class_row",
        "grader.key_file",
        "grader.intake",
        "grader.gradebook",
    ),
    "grader.batch.workers": ("grader.model",),
    "grader.batch.progress": ("grader.batch.pace",),
    "grader.batch.pace": (),
    "grader.sandbox": ("grader.model", "grader.cache", "grader.sandbox"),
    "grader.sandbox.launch": ("grader.sandbox.interpreter",),
    "grader.sandbox.interpreter": (),
    "grader.sandbox.inside": (),
}


def room(name: str) -> str | None:
    return max((room for room in ALLOWED if name == room or name.startswith(room + ".")), key=len, default=None)


@pytest.mark.parametrize("name", MODULES)
def test_who_knows_whom(name: str) -> None:
    """batch, cli and __main__ stand on top and may know all; every other module belongs to a room, which knows only what is below it."""
    its_room = room(name)
    if its_room is None:
        assert name == "grader" or name == "grader.__main__" or name.startswith(("grader.cli", "grader.batch"))
        return
    for other in ours(MODULES[name]):
        exact = other in ALLOWED[its_room]
        below = any(other.startswith(allowed + ".") for allowed in ALLOWED[its_room] if allowed != "grader")
        assert exact or below, f"{name} imports {other}"


def test_no_circles() -> None:
    graph = {name: ours(path) - {name, "grader"} for name, path in MODULES.items()}
    assert tuple(TopologicalSorter(graph).static_order())  # raises CycleError


def test_only_known_libraries() -> None:
    for path in FILES:
        for name in imported(path):
            top = name.partition(".")[0]
            neighbours = {neighbour.stem for neighbour in INSIDE.glob("*.py")} if path.parent == INSIDE else set()
            assert top in sys.stdlib_module_names | LIBRARIES | {"grader"} | neighbours, f"{path}: {name}"


def test_checks_touch_no_processes_and_no_files() -> None:
    for path in [*PROJECT.glob("grader/checks/*.py"), PROJECT / "grader/bench.py"]:
        tops = {name.partition(".")[0] for name in imported(path)}
        assert not tops & {"os", "subprocess", "socket", "pathlib", "io", "multiprocessing", "jinja2", "threading", "signal"}
        assert "softmax" not in path.read_text(encoding="utf-8")


def test_the_child_sees_the_standard_library_and_numpy_only() -> None:
    for path in INSIDE.glob("*.py"):
        for name in imported(path):
            top = name.partition(".")[0]
            assert top in sys.stdlib_module_names | {"numpy", "past"} | {other.stem for other in INSIDE.glob("*.py")}


def test_what_walls_in_is_told_the_same_way_everywhere() -> None:
    """Every layer has a line for the doctor and a cure."""
    assert set(LAYERS) == set(wire.LAYERS)
    assert set(CURES) >= set(wire.LAYERS)


def test_what_runs_first_is_light() -> None:
    """launch.py is imported before anything else: it must not pull in numpy, msgspec or click."""
    for name in ("launch", "interpreter"):
        libraries = {name.partition(".")[0] for name in imported(PROJECT / f"grader/sandbox/{name}.py")} - {"grader"}
        assert libraries <= sys.stdlib_module_names


def test_an_assignment_knows_numpy_only() -> None:
    for path in PROJECT.glob("reference/**/*.py"):
        assert {name.partition(".")[0] for name in imported(path)} <= sys.stdlib_module_names | {"numpy"}


def test_no_code_names_an_assignment() -> None:
    """A second assignment is a new folder and no change here. The command line has one default."""
    for path in FILES:
        text = path.read_text(encoding="utf-8").replace('default="softmax"', "").replace("softmax.py", "").replace("reference/softmax/", "")
        assert "softmax" not in text, path


@pytest.mark.parametrize("path", FILES, ids=module)
def test_modules_are_small_and_keep_no_state(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= 300
    for node in ast.walk(ast.parse(text)):
        assert not isinstance(node, ast.Global)
    for node in ast.parse(text).body:
        if isinstance(node, (ast.Assign, ast.AnnAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names = [target.id for target in targets if isinstance(target, ast.Name)]
            constant = all(name.strip("_")[:1].isupper() or name.startswith("__") for name in names)
            assert constant or not isinstance(node.value, (ast.List, ast.Dict, ast.Set, ast.ListComp, ast.DictComp)), names
