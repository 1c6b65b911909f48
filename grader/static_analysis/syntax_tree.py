"""A submission's text as a tree: a function of it, and what that uses. Nothing runs."""

import ast
import re
import warnings
from dataclasses import dataclass, field

from grader.static_analysis.data_flow import Flow, flow_of
from grader.static_analysis.nodes import Definition, Place, called, named, reached
from grader.static_analysis.text import lines_of, text_of

LARGEST = 64 * 1024  # characters that are looked at; a file of the course has 5000
DEEPEST, WIDEST, MOST_NODES = (
    100,
    1000,
    20_000,
)  # brackets in brackets; columns of a line; nodes of the tree
BRACKETS = re.compile(r"[][(){}]")
OUT_OF_SIGHT = {
    "eval",
    "exec",
    "locals",
    "globals",
    "vars",
}  # with these, names may be used where no name stands


@dataclass(frozen=True)
class FunctionText:
    """A function, and what it uses of the same file. parameters: its names for W, X, y and reg, as far as it has any."""

    parameters: tuple[str, ...]
    places: tuple[Place, ...] = field(repr=False)
    flow: Flow = field(repr=False)


def function_text(source: bytes, function: str) -> FunctionText | None:
    """None where the text is no program, is unlike what people write, or says more than once what this name is."""
    try:
        tree = parse(text_of(source))
        return read(tree, function) if tree is not None else None
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def parse(text: str) -> ast.Module | None:
    """Raises what ast.parse does. None where that could take long, or end Python: the text may be hostile."""
    if (
        len(text) > LARGEST
        or nesting(text) > DEEPEST
        or any(len(line) > WIDEST for line in lines_of(text))
    ):
        return None
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore"
        )  # what Python thinks of the student's file is no message of ours
        return ast.parse(text)


def nesting(text: str) -> int:
    """Brackets in brackets, those in strings and comments counted as well."""
    depth = deepest = 0
    for bracket in BRACKETS.findall(text):
        depth = depth + 1 if bracket in "([{" else max(0, depth - 1)
        deepest = max(deepest, depth)
    return deepest


def read(tree: ast.Module, function: str) -> FunctionText | None:
    nodes = list(ast.walk(tree))
    if len(nodes) > MOST_NODES:
        return None
    definitions: dict[str, list[Definition]] = {}
    for node in nodes:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            definitions.setdefault(node.name, []).append(node)
    stored = {
        node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    found = definitions.get(function, [])
    if len(found) != 1 or found[0] not in tree.body or function in stored:
        return None
    places = list(reached(found[0], main=True))
    used, inside, at = {function: found}, {id(place.node) for place in places}, 0
    while at < len(places):  # grows by the functions that are used on the way
        name = named(places[at].node)
        if name in definitions and name not in used:
            used[name] = definitions[name]
            more = [
                place
                for each in definitions[name]
                if id(each) not in inside
                for place in reached(each, main=False)
            ]
            places += more
            inside |= {id(place.node) for place in more}
        at += 1
        if (
            len(places) > MOST_NODES
        ):  # functions in functions, each used before the one it stands in
            return None
    if any(called(place.node) in OUT_OF_SIGHT for place in places):
        return None
    arguments = found[0].args
    parameters = tuple(each.arg for each in (*arguments.posonlyargs, *arguments.args))
    flow = flow_of(found[0], parameters, [each for same in used.values() for each in same], places)
    return FunctionText(parameters, tuple(places), flow)
