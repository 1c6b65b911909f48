"""Mutants of right files: each differs in one place, and every operator makes some."""

import ast

import pytest

from tests.edits.corpus import FOLDER, FUNCTIONS, bases
from tests.support.mutations import OPERATORS, Mutant, mutants_of

NAMES = tuple(FUNCTIONS.values())


def mutants_with(operator: str, source: str) -> list[str]:
    """The bodies of the mutants of a function f that one operator makes."""
    text = f"def f(x, y):\n    {source}"
    found = [each for each in mutants_of(text, ("f",)) if each.operator == operator]
    return ["; ".join(ast.unparse(each) for each in _body(mutant)) for mutant in found]


def _body(mutant: Mutant) -> list[ast.stmt]:
    definition = ast.parse(mutant.source).body[0]
    assert isinstance(definition, ast.FunctionDef)
    return definition.body


@pytest.mark.parametrize("base", bases())
def test_each_mutant_is_another_file_that_parses(base: str) -> None:
    source = (FOLDER / "bases" / f"{base}.py").read_text()
    right = "\n".join(map(ast.unparse, ast.parse(source).body))
    mutants = list(mutants_of(source, NAMES))
    assert mutants
    for mutant in mutants:
        assert mutant.source != right, mutant
        ast.parse(mutant.source)


def test_every_operator_is_used() -> None:
    unused = {*OPERATORS}
    for base in bases():
        for mutant in mutants_of((FOLDER / "bases" / f"{base}.py").read_text(), NAMES):
            unused.discard(mutant.operator)
            if not unused:
                return
    assert unused == set()


@pytest.mark.parametrize(
    ("operator", "source", "mutants"),
    [
        ("operator", "return x + y", ["return x - y"]),
        ("operator", "return x ** y", ["return x * y"]),
        ("sign", "return -x", ["return x"]),
        ("sign", "return log(x)", ["return -log(x)"]),
        ("assignment", "x += y", ["x = y", "x -= y"]),
        ("assignment", "x /= y", ["x = y", "x *= y"]),
        ("constant", "return 0", ["return 1"]),
        ("constant", "return 2", ["return 3", "return 1"]),
        ("off by one", "return range(x)", ["return range(1, x)", "return range(x - 1)"]),
        ("axis", "return x.sum(axis=1)", ["return x.sum()", "return x.sum(axis=0)"]),
        ("index", "return x[y]", ["return y"]),
        (
            "index",
            "return x[y, 1]",
            ["return x[1, y]", "return x[y]", "return x[y, y]", "return x[1]", "return x[1, 1]"],
        ),
        ("name", "return x", ["return y"]),
        ("argument", "return x.dot(y)", ["return y.dot(x)"]),
        ("argument", "return x / y", ["return y / x"]),
        ("function", "return x.mean()", ["return x.sum()"]),
        ("comparison", "return x == y", ["return x != y"]),
        ("transposed", "return x.T", ["return x", "return x.T.T"]),
        ("term", "return x + y", ["return x", "return y"]),
        ("term", "return x - y", ["return x"]),
        ("statement", "x += y", ["pass"]),
        ("order", "x = 1; y = 2; return x", ["y = 2; x = 1; return x"]),
    ],
)
def test_what_an_operator_makes(operator: str, source: str, mutants: list[str]) -> None:
    assert mutants_with(operator, source) == mutants


def test_statements_move_into_a_loop_and_out_of_it() -> None:
    source = "for i in x:\n        y += i\n        y *= 2\n    y /= 3"
    assert mutants_with("order", source) == [
        "y /= 3; for i in x:\n    y += i\n    y *= 2",
        "for i in x:\n    y += i\n    y *= 2\n    y /= 3",
        "for i in x:\n    y += i; y *= 2; y /= 3",
        "for i in x:\n    y *= 2\n    y += i; y /= 3",
    ]


def test_only_the_functions_asked_for_are_changed() -> None:
    text = "def f(x):\n    return -x\n\ndef g(x):\n    return -x"
    assert {each.function for each in mutants_of(text, ("g",))} == {"g"}
