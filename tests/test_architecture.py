"""Who may know whom, and how large a room may be: read from the imports themselves."""

import ast
import sys
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from grader.sandbox.inside import wire
from grader.sandbox.remedies import LAYERS, REMEDIES
from tests.support.paths import PROJECT

FILES = sorted(PROJECT.glob("grader/**/*.py"))
LIBRARIES = {
    "numpy",
    "msgspec",
    "click",
    "jinja2",
    "markupsafe",
    "pyseccomp",
    "past",
    "markdown_it",
    "rich",
    "yaml",
}
INSIDE = PROJECT / "grader/sandbox/inside"


def module(path: Path) -> str:
    name = ".".join(path.relative_to(PROJECT).with_suffix("").parts)
    return name.removesuffix(".__init__")


@cache
def imported(path: Path) -> tuple[str, ...]:
    """Names of modules, wherever in the file they are imported."""
    return tuple(_imports(path))


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


MODULES = {module(path): path for path in FILES}


@cache
def ours(path: Path) -> set[str]:
    """The modules of the grader that a file imports."""
    found = set()
    for name in imported(path):
        candidates = [known for known in MODULES if name == known or name.startswith(known + ".")]
        if candidates:
            found.add(max(candidates, key=len))
    return found


# One row a room, from the ground up: the rooms it may import. A room may always import itself.
ALLOWED: dict[str, tuple[str, ...]] = {
    "model": (),
    "files": (),
    "static_analysis": ("model",),
    "verdict": ("model",),
    "redaction": ("model", "verdict"),
    "class_row": ("model", "static_analysis", "verdict"),
    "intake": ("model", "static_analysis"),
    "messages": ("model", "files"),
    "sandbox": ("model", "files"),
    "checks": ("model", "verdict", "static_analysis"),
    "diagnosis": ("model", "verdict", "checks"),
    "assignment": (
        "model",
        "files",
        "static_analysis",
        "messages",
        "sandbox",
        "checks",
        "diagnosis",
    ),
    "grading": ("model", "verdict", "static_analysis", "checks", "diagnosis"),
    "gradebook": ("model", "verdict", "class_row", "assignment", "intake"),
    "verification": (
        "model",
        "verdict",
        "messages",
        "intake",
        "checks",
        "diagnosis",
        "assignment",
        "grading",
    ),
    "reports": (
        "model",
        "files",
        "verdict",
        "redaction",
        "class_row",
        "static_analysis",
        "assignment",
        "verification",
    ),
    "batch": (
        "model",
        "files",
        "verdict",
        "redaction",
        "class_row",
        "static_analysis",
        "intake",
        "messages",
        "sandbox",
        "assignment",
        "grading",
        "gradebook",
        "verification",
        "reports",
    ),
    "exports": ("model", "verdict", "redaction", "class_row", "reports"),
    "cli": (
        "model",
        "files",
        "verdict",
        "redaction",
        "intake",
        "messages",
        "sandbox",
        "assignment",
        "grading",
        "gradebook",
        "verification",
        "reports",
        "batch",
        "exports",
    ),
}
MOST_ENTRIES = 22  # folders and loose modules in grader/, which a newcomer has to look through
MOST_LOOSE = 6  # of these, modules outside of any folder
MOST_LAYERS = 10


def room(name: str) -> str:
    """The room of a module: the part of its name after grader."""
    return name.split(".")[1] if "." in name else ""


def rooms_imported(name: str) -> set[str]:
    """The other rooms that a module imports. The package itself, with its version, is none."""
    return {room(other) for other in ours(MODULES[name])} - {room(name), ""}


@pytest.mark.parametrize("name", [name for name in MODULES if room(name) not in ("", "__main__")])
def test_a_room_imports_only_rooms_below_it(name: str) -> None:
    assert rooms_imported(name) <= set(ALLOWED[room(name)])


def test_the_table_runs_from_the_ground_up() -> None:
    """No arrow back: each room imports rooms that stand above it in the table, and needs each."""
    order = list(ALLOWED)
    needed: dict[str, set[str]] = {name: set() for name in ALLOWED}
    for name in MODULES:
        if room(name) in needed:
            needed[room(name)] |= rooms_imported(name)
    for name, below in ALLOWED.items():
        assert set(below) <= set(order[: order.index(name)]), name
        assert set(below) == needed[name], name


def test_a_newcomer_can_look_through_the_rooms() -> None:
    entries = [path for path in PROJECT.glob("grader/*") if path.suffix == ".py" or path.is_dir()]
    entries = [path for path in entries if path.name not in ("__init__.py", "__pycache__")]
    assert len(entries) <= MOST_ENTRIES
    assert len([path for path in entries if path.suffix == ".py"]) <= MOST_LOOSE
    depth: dict[str, int] = {}
    for name, below in ALLOWED.items():
        depth[name] = 1 + max((depth[other] for other in below), default=0)
    assert max(depth.values()) <= MOST_LAYERS, depth


def test_no_circles() -> None:
    graph = {name: ours(path) - {name, "grader"} for name, path in MODULES.items()}
    assert tuple(TopologicalSorter(graph).static_order())  # raises CycleError


def test_only_known_libraries() -> None:
    for path in FILES:
        for name in imported(path):
            top = name.partition(".")[0]
            neighbours = (
                {neighbour.stem for neighbour in INSIDE.glob("*.py")}
                if path.parent == INSIDE
                else set()
            )
            assert top in sys.stdlib_module_names | LIBRARIES | {"grader"} | neighbours, (
                f"{path}: {name}"
            )


def test_checks_touch_no_processes_and_no_files() -> None:
    for path in PROJECT.glob("grader/checks/*.py"):
        tops = {name.partition(".")[0] for name in imported(path)}
        assert not tops & {
            "os",
            "subprocess",
            "socket",
            "pathlib",
            "io",
            "multiprocessing",
            "jinja2",
            "threading",
            "signal",
        }
        assert "softmax" not in path.read_text(encoding="utf-8")


def test_the_child_sees_the_standard_library_and_numpy_only() -> None:
    for path in INSIDE.glob("*.py"):
        for name in imported(path):
            top = name.partition(".")[0]
            assert top in sys.stdlib_module_names | {"numpy", "past"} | {
                other.stem for other in INSIDE.glob("*.py")
            }


def test_what_walls_in_is_told_the_same_way_everywhere() -> None:
    """Every layer has a line for the doctor and a cure."""
    assert set(LAYERS) == set(wire.LAYERS)
    assert set(REMEDIES) >= set(wire.LAYERS)


def test_what_runs_first_is_light() -> None:
    """launch.py is imported before anything else: it must not pull in numpy, msgspec or click."""
    for name in ("launch", "interpreter"):
        libraries = {
            name.partition(".")[0] for name in imported(PROJECT / f"grader/sandbox/{name}.py")
        } - {"grader"}
        assert libraries <= sys.stdlib_module_names


# What an assignment's checks.py may import of the grader: records, and what checks are made of.
FOR_OWN_CHECKS = ("grader.model", "grader.verdict", "grader.checks")


def test_an_assignment_knows_numpy_only() -> None:
    """Its own checks also know what ours are made of."""
    for path in PROJECT.glob("reference/**/*.py"):
        names = imported(path)
        if path.name == "checks.py":
            names = tuple(name for name in names if not name.startswith(FOR_OWN_CHECKS))
        assert {name.partition(".")[0] for name in names} <= sys.stdlib_module_names | {"numpy"}


# What belongs in reference/: names of inputs, outputs and axes of one assignment.
OF_ONE_ASSIGNMENT = {"W", "X", "y", "reg", "dW", "loss", "samples", "classes"}
FORMER = [
    path for path in FILES if path.name.startswith("former_")
]  # read what older graders wrote


@pytest.mark.parametrize("path", sorted({*FILES} - {*FORMER}), ids=module)
def test_no_code_names_an_input_or_output(path: Path) -> None:
    """Neither as a name nor as a text: only comments and sentences may have them, as examples."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        words = {getattr(node, field, None) for field in ("id", "arg", "attr", "name")}
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            words.add(node.value)
        assert not words & OF_ONE_ASSIGNMENT, f"line {getattr(node, 'lineno', 0)}"


def test_no_code_names_an_assignment() -> None:
    """A second assignment is a new folder and no change here. The command line has one default.

    What older graders wrote knew one assignment only: former_keys.py says which.
    """
    for path in FILES:
        if path.name == "former_keys.py":
            continue
        text = (
            path.read_text(encoding="utf-8")
            .replace('DEFAULT_ASSIGNMENT = "softmax"', "")
            .replace("softmax.py", "")
            .replace("reference/softmax/", "")
        )
        assert "softmax" not in text, path


@pytest.mark.parametrize("path", FILES, ids=module)
def test_modules_keep_no_state(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        assert not isinstance(node, ast.Global)
    for node in tree.body:
        if isinstance(node, (ast.Assign, ast.AnnAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names = [target.id for target in targets if isinstance(target, ast.Name)]
            constant = all(name.strip("_")[:1].isupper() or name.startswith("__") for name in names)
            assert constant or not isinstance(
                node.value, (ast.List, ast.Dict, ast.Set, ast.ListComp, ast.DictComp)
            ), names
