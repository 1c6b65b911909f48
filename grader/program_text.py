"""A submission's text as a tree, and what of it stands in a loop, in a branch, or is never reached. Nothing runs."""

import ast
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

LARGEST = 64 * 1024  # characters that are looked at; a file of the course has 5000
DEEPEST, WIDEST, MOST_NODES = 100, 1000, 20_000  # brackets in brackets; columns of a line; nodes of the tree
BRACKETS = re.compile(r"[][(){}]")
Definition: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
LOOPS = (ast.For, ast.AsyncFor, ast.While, *COMPREHENSIONS)
SIGNS = (ast.expr_context, ast.operator, ast.unaryop, ast.cmpop, ast.boolop)  # without a place of their own
LEAVERS = (ast.Return, ast.Raise, ast.Break, ast.Continue)


class Place(NamedTuple):
    """A node and where it stands. main: in the function itself, not in one that it uses; loop: in a loop of it; branch: in an if that
    stands in a loop; printed: in what is given to print."""

    node: ast.AST
    parent: ast.AST
    main: bool
    loop: bool = False
    branch: bool = False
    printed: bool = False

    @property
    def line(self) -> int:
        """Of a node that has one."""
        return int(getattr(self.node, "lineno", 0))


@dataclass(frozen=True)
class FunctionText:
    """A function, and what it uses of the same file. parameters: its names for W, X, y and reg, as far as it has any."""

    definition: Definition
    parameters: tuple[str, ...]
    places: tuple[Place, ...] = field(repr=False)


def function_text(source: str | bytes, function: str) -> FunctionText | None:
    """None where the text is no program, is unlike what people write, or says more than once what this name is."""
    try:
        tree = parse(source)
        return read(tree, function) if tree is not None else None
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def parse(source: str | bytes) -> ast.Module | None:
    """Raises what ast.parse does. None where that could take long, or end Python: the text may be hostile."""
    text = source.decode("latin-1") if isinstance(source, bytes) else source
    if len(text) > LARGEST or nesting(text) > DEEPEST or any(len(line) > WIDEST for line in text.splitlines()):
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what Python thinks of the student's file is no message of ours
        return ast.parse(source)


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
    stored = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    found = definitions.get(function, [])
    if len(found) != 1 or found[0] not in tree.body or function in stored:
        return None
    places = list(reached(found[0], main=True))
    used, at = {function}, 0
    while at < len(places):  # grows by the functions that are used on the way
        node = places[at].node
        name = node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
        if name in definitions and name not in used:
            used.add(name)
            inside = {id(place.node) for place in places}
            places += [place for each in definitions[name] if id(each) not in inside for place in reached(each, main=False)]
        at += 1
    arguments = found[0].args
    return FunctionText(found[0], tuple(each.arg for each in (*arguments.posonlyargs, *arguments.args)), tuple(places))


def reached(definition: Definition, main: bool) -> Iterator[Place]:
    """All nodes of a function but those that stand behind a return, or in an if that is never true."""
    waiting = [Place(node, definition, main) for node in alive(definition.body)]
    while waiting:
        place = waiting.pop()
        yield place
        waiting += below(place)


def below(place: Place) -> Iterator[Place]:
    """What a node holds, the last of it first."""
    node, main, loop, branch, printed = place.node, place.main, place.loop, place.branch, place.printed
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
        loop = branch = False
    elif isinstance(node, (ast.If, ast.IfExp)):
        branch = branch or loop
    elif isinstance(node, COMPREHENSIONS):
        loop = True
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print":
        printed = True
    turns = isinstance(node, (ast.For, ast.AsyncFor, ast.While))
    for name in reversed(node._fields):
        value = getattr(node, name, None)
        if isinstance(node, ast.If) and isinstance(node.test, ast.Constant) and name == ("orelse" if node.test.value else "body"):
            continue
        looped = loop or (turns and name in ("body", "test"))
        for each in reversed(alive(value)) if isinstance(value, list) else (value,):
            if isinstance(each, ast.AST) and not isinstance(each, SIGNS):
                yield Place(each, node, main, looped, branch, printed)


def alive(nodes: list[ast.AST] | list[ast.stmt]) -> list[ast.AST]:
    """Statements up to the one that leaves."""
    for number, node in enumerate(nodes):
        if isinstance(node, LEAVERS):
            return list(nodes[: number + 1])
    return list(nodes)
