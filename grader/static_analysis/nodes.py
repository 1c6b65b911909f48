"""The nodes of a function's tree, and where they stand: in a loop, in a branch, or where nothing is ever run."""

import ast
from collections.abc import Iterator
from typing import NamedTuple, TypeAlias

Definition: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
LOOPS = (ast.For, ast.AsyncFor, ast.While, *COMPREHENSIONS)
SIGNS = (
    ast.expr_context,
    ast.operator,
    ast.unaryop,
    ast.cmpop,
    ast.boolop,
)  # without a place of their own
MODULES = {"np", "numpy", "math", "scipy"}
LEAVERS = (ast.Return, ast.Raise, ast.Break, ast.Continue)


class Place(NamedTuple):
    """A node and where it stands. function: the name of the innermost one; main: in the function itself, not in one that it uses; loop: in
    a loop of it; branch: in an if that stands in a loop; printed: in what is given to print."""

    node: ast.AST
    parent: ast.AST
    function: str
    main: bool
    loop: bool = False
    branch: bool = False
    printed: bool = False

    @property
    def line(self) -> int:
        """Of a node that has one."""
        return int(getattr(self.node, "lineno", 0))


def reached(definition: Definition, main: bool) -> Iterator[Place]:
    """All nodes of a function, a parent before its children, but those that stand behind a return, or in an if that is never true."""
    waiting = [Place(node, definition, definition.name, main) for node in alive(definition.body)]
    while waiting:
        place = waiting.pop()
        yield place
        waiting += below(place)


def below(place: Place) -> Iterator[Place]:
    """What a node holds, the last of it first."""
    node, _, function, main, loop, branch, printed = place
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
        loop = branch = False
        function = function if isinstance(node, ast.Lambda) else node.name
    elif isinstance(node, (ast.If, ast.IfExp)):
        branch = branch or loop
    elif isinstance(node, COMPREHENSIONS):
        loop = True
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print":
        printed = True
    turns = isinstance(node, (ast.For, ast.AsyncFor, ast.While))
    for name in reversed(node._fields):
        value = getattr(node, name, None)
        if (
            isinstance(node, ast.If)
            and isinstance(node.test, ast.Constant)
            and name == ("orelse" if node.test.value else "body")
        ):
            continue
        looped = loop or (turns and name in ("body", "test"))
        for each in reversed(alive(value)) if isinstance(value, list) else (value,):
            if isinstance(each, ast.AST) and not isinstance(each, SIGNS):
                yield Place(each, node, function, main, looped, branch, printed)


def alive(nodes: list[ast.AST] | list[ast.stmt]) -> list[ast.AST]:
    """Statements up to the one that leaves."""
    for number, node in enumerate(nodes):
        if isinstance(node, LEAVERS):
            return list(nodes[: number + 1])
    return list(nodes)


def called(node: ast.AST) -> str:
    """np.log(x) and log(x): log; anything but a call: empty."""
    if not isinstance(node, ast.Call):
        return ""
    return (
        node.func.attr
        if isinstance(node.func, ast.Attribute)
        else node.func.id
        if isinstance(node.func, ast.Name)
        else ""
    )


def named(node: ast.AST) -> str:
    """The name that a node says: log in np.log and in log; else empty."""
    return (
        node.id
        if isinstance(node, ast.Name)
        else node.attr
        if isinstance(node, ast.Attribute)
        else ""
    )


def is_module(node: ast.expr) -> bool:
    while isinstance(node, ast.Attribute):
        node = node.value  # np.linalg
    return isinstance(node, ast.Name) and node.id in MODULES
