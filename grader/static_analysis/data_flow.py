"""Finds which values in a function can reach its result, and which arguments they are made of.

Nothing is run: only names are followed. The analysis is generous on purpose: a value that may reach
the result counts as reaching it. It ignores the order of statements, takes equal names in all
functions of the file as one, and also two names for one array. So what it rules out is certain.
"""

import ast
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from grader.static_analysis.nodes import MODULES, Definition, Place, call_name, is_module, name_of

_RETURNED = "<returned {}>"  # a name for each of the returned values
_ANYTHING = "<anything>"  # a name for a value that is made of all arguments
_SHAPES = {"shape", "size", "ndim", "dtype"}
# Functions that use the shape of their arguments, and none of their values.
_USE_SHAPE = {"len", "zeros", "zeros_like", "empty", "empty_like", "ones", "ones_like"}
# Functions and methods that may return their argument, or a view of it.
_VIEWS = {
    *("array", "asarray", "asanyarray", "ravel", "reshape", "squeeze", "transpose", "swapaxes"),
    *("atleast_2d", "expand_dims", "diagonal"),
}
# Methods that return a new array.
_NEW = {
    *("dot", "sum", "mean", "std", "var", "prod", "max", "min", "argmax", "argmin", "cumsum"),
    *("clip", "round", "copy", "astype"),
}
_WALKS = {"enumerate", "zip", "reversed", "iter"}  # a loop over these walks through the argument
_JUMPS = (ast.Break, ast.Continue, ast.Raise)


@dataclass
class _Step:
    """A statement without the statements in it, or one of the values of a return."""

    around: int | None = None  # the number of the step that it stands in
    writes: set[str] = field(default_factory=set)
    reads: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Flow:
    """The result for one function. Nodes are keys by their id()."""

    step_of: Mapping[int, int]  # node -> the number of its step
    live: tuple[frozenset[int], ...]  # for each returned value: the steps that reach it
    arguments_in: Mapping[int, int]  # node -> the arguments it is made of, one bit each

    def reaches(self, node: ast.AST, number: int) -> bool:
        """Whether the node's value can take part in the returned value of this number."""
        return self.step_of.get(id(node), -1) in self.live[number]

    def holds(self, node: ast.AST, *arguments: int) -> bool:
        """Whether values of all the arguments of these numbers take part in it."""
        return all(self.arguments_in.get(id(node), 0) >> number & 1 for number in arguments)


def flow_of(
    main: Definition,
    parameters: Mapping[int, str],
    count: int,
    used: Sequence[Definition],
    places: Sequence[Place],
) -> Flow:
    """Follow the names in a function.

    parameters: the arguments that are followed, by number. count: of the values that it returns.
    used: main and the functions of the file that it uses. places: the nodes of all of these. Takes
    time in proportion to the number of places, for each parameter.
    """
    returned = [_RETURNED.format(number) for number in range(count)]
    steps, step_of, shape_only = _steps_of(main, returned, {each.name for each in used}, places)
    names_read = {name for step in steps for name in step.reads}
    for definition in used:
        arguments = _arguments_of(definition.name)
        if arguments in names_read:
            # A call hands its arguments to the parameters, which may be the same arrays.
            nodes = ast.walk(definition.args)
            shared = {arguments, *(node.arg for node in nodes if isinstance(node, ast.arg))}
            steps.append(_Step(None, shared, shared))
    jumps = [step_of[id(place.node)] for place in places if isinstance(place.node, _JUMPS)]
    bits_of_name: dict[str, int] = defaultdict(int)
    for number, parameter in parameters.items():
        for name in _spread(steps, (parameter, _ANYTHING)):
            bits_of_name[name] |= 1 << number
    bits_of_node: dict[int, int] = defaultdict(int)
    for place in reversed(places):  # children before their parents
        if id(place.node) not in shape_only:
            if isinstance(place.node, ast.Name):
                bits_of_node[id(place.node)] |= bits_of_name[place.node.id]
            bits_of_node[id(place.parent)] |= bits_of_node[id(place.node)]
    live = tuple(_reaching(steps, name, jumps) for name in returned)
    return Flow(step_of, live, bits_of_node)


def _steps_of(
    main: Definition, returned: Sequence[str], functions: set[str], places: Sequence[Place]
) -> tuple[list[_Step], dict[int, int], set[int]]:
    """Split the function into steps.

    returned: names for its returned values. functions: those that it uses, and itself.
    Returns the steps, the number of each node's step, and the nodes of which only a shape is used.
    """
    steps, step_of, shape_only = list[_Step](), dict[int, int](), set[int]()
    parts: dict[int, str] = {}  # the expressions of a return -> their names in `returned`
    mixed: set[int] = set()  # steps that may write to every name that they read
    for place in places:
        node, number = place.node, step_of.get(id(place.parent))
        if isinstance(node, ast.stmt) or id(node) in parts or number is None:
            steps.append(_Step(number, {parts[id(node)]} if id(node) in parts else set()))
            number = len(steps) - 1
        step_of[id(node)] = number
        is_shape = isinstance(node, ast.Attribute) and node.attr in _SHAPES
        if is_shape or id(place.parent) in shape_only or call_name(node) in _USE_SHAPE:
            shape_only.add(id(node))
            continue
        if isinstance(node, ast.Return):
            value = node.value
            if place.function != main.name:
                steps[number].writes.add(place.function)
            elif isinstance(value, ast.Tuple) and len(value.elts) == len(returned):
                pairs = zip(value.elts, returned, strict=True)
                parts |= {id(part): name for part, name in pairs}
            else:
                steps[number].writes |= {*returned}
        if isinstance(node, ast.Expr) and call_name(node.value) != "print":
            mixed.add(number)  # a call may change its arguments
        if name_of(node) in functions:
            mixed.add(number)
            steps[number].reads.add(_arguments_of(name_of(node)))
        _record_uses(steps[number], node, functions)
    for number in mixed:
        steps[number].writes |= steps[number].reads - functions - MODULES
    return steps, step_of, shape_only


def _arguments_of(function: str) -> str:
    """Return a name for all arguments of a function."""
    return f"{function}()"


def _record_uses(step: _Step, node: ast.AST, functions: set[str]) -> None:
    """Add what a node reads and writes to its step."""
    match node:
        case ast.Name(ctx=ast.Load()):
            step.reads.add(node.id)
        case ast.Name():
            step.writes.add(node.id)
        case ast.Subscript(ctx=ast.Store()) | ast.Attribute(ctx=ast.Store()):
            step.writes |= _roots(node, functions)
        case ast.AugAssign():
            step.reads |= _roots(node.target, functions)
        case ast.keyword(arg="out"):
            step.writes |= _roots(node.value, functions)
        case ast.arg():
            step.writes.add(node.arg)
            step.reads.add(_ANYTHING)
        case ast.Assign():
            _share(step, node.targets, node.value, functions)
        case ast.AnnAssign(value=ast.expr() as value) | ast.NamedExpr(value=value):
            _share(step, [node.target], value, functions)
        case ast.For() | ast.AsyncFor() | ast.comprehension():
            _share(step, [node.target], node.iter, functions)
        case _:
            pass


def _share(step: _Step, targets: Iterable[ast.expr], value: ast.expr, functions: set[str]) -> None:
    """Record that both sides may be the same array: a write to one is a write to the other."""
    same = _roots(value, functions)
    if same:
        step.writes |= same
        step.reads |= {name for target in targets for name in _roots(target, functions)}


def _roots(value: ast.expr, functions: set[str]) -> set[str]:
    """Return the names that may stand for this value, or for an array that holds it."""
    names, waiting = set[str](), [value]
    while waiting:
        match waiting.pop():
            case ast.Name() as node:
                names.add(node.id)
            case ast.Attribute() as node if node.attr not in _SHAPES:
                waiting.append(node.value)
            case (ast.Subscript() | ast.Starred() | ast.NamedExpr()) as node:
                waiting.append(node.value)
            case (ast.Tuple() | ast.List()) as node:
                waiting += node.elts
            case ast.IfExp() as node:
                waiting += [node.body, node.orelse]
            case ast.BoolOp() as node:
                waiting += node.values
            case ast.Call() as node:
                method = node.func if isinstance(node.func, ast.Attribute) else None
                if method and method.attr not in _NEW and not is_module(method.value):
                    waiting.append(method.value)
                name = call_name(node)
                if name in _VIEWS or name in _WALKS or name in functions:
                    waiting += [*node.args, *(keyword.value for keyword in node.keywords)]
            case _:
                pass
    return names - MODULES


def _reaching(steps: Sequence[_Step], name: str, jumps: Iterable[int]) -> frozenset[int]:
    """Return the steps whose values can reach this name. jumps: steps that always count."""
    writers: dict[str, list[int]] = defaultdict(list)
    for number, step in enumerate(steps):
        for written in step.writes:
            writers[written].append(number)
    live, waiting = set[int](), [*jumps, *writers.pop(name, ())]
    while waiting:
        number = waiting.pop()
        if number not in live:
            live.add(number)
            around = steps[number].around
            waiting += [around] if around is not None else []
            waiting += [writer for read in steps[number].reads for writer in writers.pop(read, ())]
    return frozenset(live)


def _spread(steps: Sequence[_Step], names: Iterable[str]) -> set[str]:
    """Return all names that the values of these names can reach."""
    readers: dict[str, list[int]] = defaultdict(list)
    inside: dict[int | None, list[int]] = defaultdict(list)
    for number, step in enumerate(steps):
        inside[step.around].append(number)
        for read in step.reads:
            readers[read].append(number)
    reached, done = set(names), set[int]()
    waiting = [reader for name in names for reader in readers.pop(name, ())]
    while waiting:
        number = waiting.pop()
        if number not in done:
            done.add(number)
            reached |= steps[number].writes
            waiting += inside[number]
            waiting += [
                reader for written in steps[number].writes for reader in readers.pop(written, ())
            ]
    return reached
