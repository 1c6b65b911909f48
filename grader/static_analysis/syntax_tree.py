"""A function of a submission as a tree, with the functions of the file that it uses.

The text may be hostile: nothing is run, and a text that could take long to read is refused.
"""

import ast
from dataclasses import dataclass, field

from grader.static_analysis.data_flow import Flow, flow_of
from grader.static_analysis.nodes import Definition, Place, call_name, name_of, places_in
from grader.static_analysis.parsing import parse
from grader.static_analysis.text import text_of

MOST_NODES = 20_000  # of the tree
# With these functions, code can use a name that does not appear in the text.
_HIDES_NAMES = {"eval", "exec", "locals", "globals", "vars"}


@dataclass(frozen=True)
class FunctionText:
    """A function, with the functions that it uses of the same file."""

    parameters: tuple[str, ...]  # its names for W, X, y and reg, as far as it has any
    places: tuple[Place, ...] = field(repr=False)  # of all these functions
    flow: Flow = field(repr=False)


def function_text(source: bytes, function: str) -> FunctionText | None:
    """Read a function. Return None if it cannot be read reliably.

    That is so if the text is no Python, unlike anything that people write, uses eval and the like,
    or does not define the name exactly once.
    """
    try:
        tree = parse(text_of(source))
        return _read(tree, function) if tree is not None else None
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _read(tree: ast.Module, function: str) -> FunctionText | None:
    nodes = list(ast.walk(tree))
    if len(nodes) > MOST_NODES:
        return None
    definitions: dict[str, list[Definition]] = {}
    assigned = set[str]()
    for node in nodes:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            definitions.setdefault(node.name, []).append(node)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            assigned.add(node.id)
    same_name = definitions.get(function, [])
    if len(same_name) != 1 or same_name[0] not in tree.body or function in assigned:
        return None
    main = same_name[0]
    places, used = _places_with_used(main, definitions)
    if len(places) > MOST_NODES:
        return None
    if any(call_name(place.node) in _HIDES_NAMES for place in places):
        return None
    parameters = tuple(each.arg for each in (*main.args.posonlyargs, *main.args.args))
    return FunctionText(parameters, tuple(places), flow_of(main, parameters, used, places))


def _places_with_used(
    main: Definition, definitions: dict[str, list[Definition]]
) -> tuple[list[Place], list[Definition]]:
    """Return the places of a function and of the functions that it uses, and all these functions.

    Stops when there are too many places, as in functions within functions, where each is used
    before the one around it.
    """
    places = list(places_in(main, in_main=True))
    inside = {id(place.node) for place in places}
    used = {main.name: [main]}
    for place in places:  # the list grows while it is walked, by the functions that are used
        if len(places) > MOST_NODES:
            break
        name = name_of(place.node)
        if name not in definitions or name in used:
            continue
        used[name] = definitions[name]
        new = [definition for definition in definitions[name] if id(definition) not in inside]
        for definition in new:
            more = list(places_in(definition, in_main=False))
            places += more
            inside |= {id(place.node) for place in more}
    return places, [definition for same_name in used.values() for definition in same_name]
