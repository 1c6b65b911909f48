"""Chooses the statements that a few functions need, out of a program with much else in it."""

import ast
import builtins
from bisect import bisect_left
from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

# Statements that are kept if they give a needed name its value. Loops and `with` are not: they are
# the training and the plots around the functions.
_KEPT = (
    ast.FunctionDef,
    ast.ClassDef,
    ast.Import,
    ast.ImportFrom,
    ast.Assign,
    ast.AnnAssign,
    ast.AugAssign,
    ast.If,
    ast.Try,
)
# Of these, those that replace the name whatever happened before.
_REPLACES = (ast.FunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom)
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_BUILTINS = frozenset(dir(builtins))


class Statement(NamedTuple):
    """A statement at the top level, with the names that it needs and gives."""

    node: ast.stmt
    binds: frozenset[str]
    reads: frozenset[str]  # when it runs
    reads_later: frozenset[str]  # when a function in it is called


def statement_of(node: ast.stmt) -> Statement:
    reads = set[str]()
    later = set[str]()
    _collect_reads(node, reads, later, set())
    return Statement(node, frozenset(_names_bound(node)), frozenset(reads), frozenset(later))


def needed_statements(
    statements: Sequence[Statement], functions: Collection[str]
) -> frozenset[int]:
    """Return the places of what the functions need, themselves included.

    That is the last definition of each function, and what gives a value to the names that it uses,
    and so on. `from … import *` is kept if some name comes from nowhere else.
    """
    by_name: dict[str, list[int]] = {}
    for place, statement in enumerate(statements):
        if isinstance(statement.node, _KEPT):
            for name in statement.binds:
                by_name.setdefault(name, []).append(place)
    needed = set[int]()
    unknown = set[str]()
    end = len(statements)
    waiting = [(name, end) for name in functions if name in by_name]
    walked: dict[str, set[int]] = {}
    while waiting:
        name, before = waiting.pop()
        places = by_name.get(name, [])
        if not places and name not in _BUILTINS:
            unknown.add(name)
        for place in _bindings(name, places, before, statements, walked.setdefault(name, set())):
            needed.add(place)
            waiting += [(other, place) for other in statements[place].reads]
            waiting += [(other, end) for other in statements[place].reads_later]
    if unknown:
        needed |= {place for place, each in enumerate(statements) if _is_star_import(each.node)}
    return frozenset(needed)


def _bindings(
    name: str,
    places: Sequence[int],
    before: int,
    statements: Sequence[Statement],
    walked: set[int],
) -> Iterator[int]:
    """Yield what gives a name its value, from the last such statement back to one that replaces it.

    places: of all statements that bind the name. before: the place where it is used; only
    statements above it have run by then. walked: the places that an earlier walk has passed: from
    there on it was the same, and hostile code cannot make it long by taking it again and again.
    """
    for index in range(bisect_left(places, before) - 1, -1, -1):
        place = places[index]
        if place in walked:
            return
        walked.add(place)
        yield place
        statement = statements[place]
        is_plain = isinstance(statement.node, (ast.Assign, ast.AnnAssign))
        if isinstance(statement.node, _REPLACES) or (is_plain and name not in statement.reads):
            return


def _is_star_import(node: ast.stmt) -> bool:
    return isinstance(node, ast.ImportFrom) and any(alias.name == "*" for alias in node.names)


def _names_bound(node: ast.AST) -> Iterator[str]:
    """Yield the names that a statement gives a value to, in the scope that it stands in."""
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            yield node.name
        case ast.Import() | ast.ImportFrom():
            for alias in node.names:
                yield alias.asname or alias.name.partition(".")[0]
        case ast.Name(ctx=ast.Store()):
            yield node.id
        case ast.ExceptHandler(name=str(name)):
            yield name
    if not isinstance(node, (*_SCOPES, ast.ClassDef)):
        for child in ast.iter_child_nodes(node):
            yield from _names_bound(child)


def _collect_reads(node: ast.AST, reads: set[str], later: set[str], outer: set[str]) -> None:
    """Add the names that a statement reads when it runs, and when a function in it is called.

    outer: gets those that functions in it declare to be of a scope around them.
    """
    if isinstance(node, _SCOPES):
        arguments = node.args
        outside: list[ast.AST] = [*arguments.defaults, *filter(None, arguments.kw_defaults)]
        if not isinstance(node, ast.Lambda):
            outside += node.decorator_list
        for each in outside:
            _collect_reads(each, reads, later, outer)
        later |= _free_names(node, outer)
        return
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
        reads.add(node.id)
    if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
        reads.add(node.target.id)
    if isinstance(node, (ast.Global, ast.Nonlocal)):
        outer.update(node.names)
    for child in ast.iter_child_nodes(node):
        _collect_reads(child, reads, later, outer)


def _free_names(
    function: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda, outer: set[str]
) -> set[str]:
    """Return the names that a function reads from outside of itself. outer: as above."""
    arguments = function.args
    own = {each.arg for each in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)}
    own |= {each.arg for each in (arguments.vararg, arguments.kwarg) if each}
    body = [function.body] if isinstance(function, ast.Lambda) else function.body
    reads = set[str]()
    declared = set[str]()
    for statement in body:
        own.update(_names_bound(statement))
        _collect_reads(statement, reads, reads, declared)
    outer |= declared
    return (reads - own) | declared
