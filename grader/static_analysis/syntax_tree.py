"""A function of a submission as a tree, with the functions of the file that it uses.

The text may be hostile: nothing is run, and a text that could take long to read is refused.
"""

import ast
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from grader.static_analysis.call_use import CallUse
from grader.static_analysis.data_flow import Flow, flow_of
from grader.static_analysis.nodes import Definition, Place, call_name, name_of, names, places_in
from grader.static_analysis.parsing import parse
from grader.static_analysis.text import text_of

MOST_NODES = 20_000  # of a file's tree
# Nodes of a function and of those that it uses, parameters included: a long solution has 2,000.
# Every pattern is searched for in all of them.
MOST_PLACES = 5_000
# With these functions, code can use a name that does not appear in the text.
_HIDES_NAMES = {"eval", "exec", "locals", "globals", "vars"}


@dataclass(frozen=True)
class FunctionText:
    """A function, with the functions that it uses of the same file.

    Its arguments and its values are asked for by the names that the assignment has for them.
    """

    parameters: tuple[str, ...]  # their names here, whatever the assignment calls them
    numbers: Mapping[str, int]  # input -> the number of its parameter
    use: CallUse
    places: tuple[Place, ...] = field(repr=False)  # of all these functions
    definitions: tuple[Definition, ...] = field(repr=False)  # the function, and those that it uses

    def reaches(self, node: ast.AST, output: str) -> bool:
        """Whether the node's value can take part in the output."""
        return self.flow.reaches(node, self.use.outputs[output])

    def holds(self, node: ast.AST, *inputs: str) -> bool:
        """Whether values of all these inputs take part in the node's value."""
        numbers = [self.numbers.get(each) for each in inputs]
        return all(number is not None and self.flow.holds(node, number) for number in numbers)

    def parameter(self, input_name: str) -> str:
        """The name that the input has here; empty if it has none."""
        number = self.numbers.get(input_name)
        return "" if number is None else self.parameters[number]

    @cached_property
    def flow(self) -> Flow:
        """Which values reach the results: made only where it is asked for."""
        followed = {number: self.parameters[number] for number in self.numbers.values()}
        main, *_ = self.definitions
        return flow_of(main, followed, self.use.values, self.definitions, self.places)

    @cached_property
    def returned_values(self) -> Sequence[ast.expr]:
        """The expressions of the returned values; none if there is no single return of all."""
        nodes = [place.node for place in self.places if place.in_main]
        returns = [node for node in nodes if isinstance(node, ast.Return)]
        value = returns[0].value if len(returns) == 1 else None
        if value is None:
            return ()
        if self.use.values == 1:
            return (value,)
        is_whole = isinstance(value, ast.Tuple) and len(value.elts) == self.use.values
        return value.elts if isinstance(value, ast.Tuple) and is_whole else ()

    def own_names(self, output: str) -> set[str]:
        """Return the names in the output's returned value that are in none of the others.

        The names of arguments are left out.
        """
        return self._own_names[self.use.outputs[output]] if self._own_names else set()

    @cached_property
    def _own_names(self) -> Sequence[set[str]]:
        """The names of each returned value that are in none of the others."""
        in_value = [names(value) for value in self.returned_values]
        times = Counter(name for each in in_value for name in each)
        return [
            {name for name in each if times[name] == 1} - set(self.parameters) for each in in_value
        ]


def function_text(source: bytes, use: CallUse) -> FunctionText | None:
    """Read a function. Return None if it cannot be read reliably.

    That is so if the text is no Python, unlike anything that people write, uses eval and the like,
    or does not define the name exactly once.
    """
    try:
        tree = parse(text_of(source))
        return _read(tree, use) if tree is not None else None
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _read(tree: ast.Module, use: CallUse) -> FunctionText | None:
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
    same_name = definitions.get(use.function, [])
    if len(same_name) != 1 or same_name[0] not in tree.body or use.function in assigned:
        return None
    main = same_name[0]
    places, used = _places_with_used(main, definitions)
    positional = [each.arg for each in (*main.args.posonlyargs, *main.args.args)]
    parameters = (*positional, *(each.arg for each in main.args.kwonlyargs))
    if len(places) + len(parameters) > MOST_PLACES:
        return None
    if any(call_name(place.node) in _HIDES_NAMES for place in places):
        return None
    numbers = {}
    for name, place in use.arguments.items():
        if isinstance(place, str) and place in parameters:
            numbers[name] = parameters.index(place)
        elif isinstance(place, int) and place < len(positional):
            numbers[name] = place
    return FunctionText(parameters, numbers, use, tuple(places), tuple(used))


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
        if len(places) > MOST_PLACES:
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
