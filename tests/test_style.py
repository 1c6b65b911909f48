"""Habits that ruff has no rule for: see docs/CONTRIBUTING.md."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.paths import PROJECT

PYTHON = sorted(PROJECT.glob("grader/**/*.py"))
OTHERS = sorted(
    path for ending in ("sql", "js", "css") for path in PROJECT.glob(f"grader/**/*.{ending}")
)
WIDEST = 100  # columns
MOST_CODE = 400  # lines of a module, blank ones and comments and docstrings not counted
UNDERSCORED = 0.95  # share of the helpers that only their own module uses


def name_of(path: Path) -> str:
    return str(path.relative_to(PROJECT))


@pytest.mark.parametrize("path", OTHERS, ids=name_of)
def test_lines_fit_on_a_screen(path: Path) -> None:
    """Ruff sees to it in Python."""
    lines = path.read_text(encoding="utf-8").splitlines()
    assert not [number for number, line in enumerate(lines, 1) if len(line) > WIDEST]


@pytest.mark.parametrize("path", PYTHON, ids=name_of)
def test_modules_are_small(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    lines = {
        token.start[0]
        for token in tokenize.generate_tokens(io.StringIO(text).readline)
        if token.type in (tokenize.NAME, tokenize.OP, tokenize.NUMBER)
    }
    assert len(lines) <= MOST_CODE


@pytest.mark.parametrize("path", PYTHON, ids=name_of)
def test_no_choice_hides_in_a_loop_or_a_product(path: Path) -> None:
    """No conditional expression between `in` and the body of a loop, and no text times a bool."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, (ast.For, ast.comprehension)):
            assert not isinstance(node.iter, ast.IfExp), f"line {node.iter.lineno}"
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
            sides = [node.left, node.right]
            text = any(
                isinstance(side, ast.JoinedStr)
                or (isinstance(side, ast.Constant) and isinstance(side.value, str))
                for side in sides
            )
            choice = any(
                isinstance(side, (ast.Compare, ast.BoolOp))
                or (isinstance(side, ast.Call) and getattr(side.func, "id", "") == "bool")
                for side in sides
            )
            assert not (text and choice), f"line {node.lineno}"


COMMENTED = [*PYTHON, *PROJECT.glob("reference/**/*.py"), *PROJECT.glob("tests/support/*.py")]
OUR_FILE = re.compile(r"\b(?:grader|reference|tests|docs|benchmarks)(?:/\w+)+\.\w+")
NAME_OF_FILE = re.compile(r"\b(\w+_\w+) of (\w+\.py)\b")


@pytest.mark.parametrize("path", COMMENTED, ids=name_of)
def test_comments_name_files_that_exist(path: Path) -> None:
    """And "NAME of FILE" a name that is in a file of ours."""
    for token in tokenize.generate_tokens(io.StringIO(path.read_text(encoding="utf-8")).readline):
        if token.type not in (tokenize.COMMENT, tokenize.STRING):
            continue
        for file in OUR_FILE.findall(token.string):
            assert PROJECT.joinpath(file).exists(), f"line {token.start[0]}: {file}"
        for name, file in NAME_OF_FILE.findall(token.string):
            texts = [
                each.read_text(encoding="utf-8")
                for folder in ("grader", "reference")
                for each in PROJECT.glob(f"{folder}/**/{file}")
            ]
            assert not texts or any(name in text for text in texts), f"line {token.start[0]}"


def helpers() -> Iterator[tuple[Path, str]]:
    """The functions and classes of each module that no other module and no test mentions."""
    others = [*PYTHON, *PROJECT.glob("tests/**/*.py"), *PROJECT.glob("benchmarks/*.py")]
    words = {path: set(re.findall(r"\w+", path.read_text(encoding="utf-8"))) for path in others}
    templates = " ".join(
        path.read_text(encoding="utf-8") for path in PROJECT.glob("grader/**/*.html")
    )
    for path in PYTHON:
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if not isinstance(node, (ast.FunctionDef, ast.ClassDef)):
                continue
            if node.name == "main" or node.name in templates or node.decorator_list:
                continue
            if not any(node.name in words[other] for other in others if other != path):
                yield path, node.name


def test_helpers_are_marked_with_an_underscore() -> None:
    found = list(helpers())
    public = [f"{name_of(path)}: {name}" for path, name in found if not name.startswith("_")]
    assert len(public) <= (1 - UNDERSCORED) * len(found), "\n".join(public)
