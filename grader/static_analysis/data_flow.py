"""Which values in a function can reach what it returns, and which arguments they are made of.

Nothing is run: names alone are followed. It is generous on purpose: a value that may reach what is
returned counts as reaching it. The order of statements does not matter, a name means the same in
all functions of the file, and two names for one array are one. So what it rules out is certain.
"""

import ast
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from grader.static_analysis.nodes import MODULES, Definition, Place, call_name, is_module, name_of

_RETURNED = ("<loss>", "<dW>")  # names for what is returned
_ANYTHING = "<anything>"  # a name for what is made of all arguments
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
    """A statement without the statements in it, or one of the two values of a return."""

    around: int | None = None  # the number of the step that it stands in
    writes: set[str] = field(default_factory=set)
    reads: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Flow:
    """The result for one function. Nodes are keys by their id()."""

    step_of: Mapping[int, int]  # node -> the number of its step
    live: tuple[frozenset[int], ...]  # the steps that reach the loss, and those that reach dW
    made_of: Mapping[int, int]  # node -> the arguments in it, one bit each

    def reaches(self, node: ast.AST, which: int) -> bool:
        """Can the node's value take part in what is returned? which: 0 the loss, 1 dW."""
        return self.step_of.get(id(node), -1) in self.live[which]

    def holds(self, node: ast.AST, *arguments: int) -> bool:
        """Do values of all these arguments take part? 0 for W, 1 for X, 2 for y."""
        return all(self.made_of.get(id(node), 0) >> number & 1 for number in arguments)


def flow_of(
    main: Definition, parameters: Sequence[str], used: Sequence[Definition], places: Sequence[Place]
) -> Flow:
    """Follow the names in a function.

    used: main and the functions of the file that it uses. places: the nodes of all of these.
    Takes time in proportion to the number of places.
    """
    steps, step_of, unread = _steps_of(main, {each.name for each in used}, places)
    read = {name for step in steps for name in step.reads}
    for definition in used:
        arguments = _arguments_of(definition.name)
        if arguments in read:
            nodes = ast.walk(definition.args)
            shared = {arguments, *(node.arg for node in nodes if isinstance(node, ast.arg))}
            steps.append(_Step(None, shared, shared))
    jumps = [step_of[id(place.node)] for place in places if isinstance(place.node, _JUMPS)]
    made_of: dict[str, int] = defaultdict(int)
    for number, parameter in enumerate(parameters):
        for name in _spread(steps, (parameter, _ANYTHING)):
            made_of[name] |= 1 << number
    bits: dict[int, int] = defaultdict(int)
    for place in reversed(places):  # children before their parents
        if id(place.node) not in unread:
            if isinstance(place.node, ast.Name):
                bits[id(place.node)] |= made_of[place.node.id]
            bits[id(place.parent)] |= bits[id(place.node)]
    return Flow(step_of, tuple(_reaching(steps, name, jumps) for name in _RETURNED), bits)


def _steps_of(
    main: Definition, functions: set[str], places: Sequence[Place]
) -> tuple[list[_Step], dict[int, int], set[int]]:
    """Split the function into steps.

    Returns the steps, node -> the number of its step, and the nodes of which only a shape is used.
    """
    steps, step_of, unread = list[_Step](), dict[int, int](), set[int]()
    halves: dict[int, str] = {}
    mixed: set[int] = set()
    for place in places:
        node, number = place.node, step_of.get(id(place.parent))
        if isinstance(node, ast.stmt) or id(node) in halves or number is None:
            steps.append(_Step(number, {halves[id(node)]} if id(node) in halves else set()))
            number = len(steps) - 1
        step_of[id(node)] = number
        is_shape = isinstance(node, ast.Attribute) and node.attr in _SHAPES
        if is_shape or id(place.parent) in unread or call_name(node) in _USE_SHAPE:
            unread.add(id(node))
            continue
        if isinstance(node, ast.Return):
            value = node.value
            if place.function != main.name:
                steps[number].writes.add(place.function)
            elif isinstance(value, ast.Tuple) and len(value.elts) == len(_RETURNED):
                pairs = zip(value.elts, _RETURNED, strict=True)
                halves |= {id(half): name for half, name in pairs}
            else:
                steps[number].writes |= {*_RETURNED}
        if isinstance(node, ast.Expr) and call_name(node.value) != "print":
            mixed.add(number)  # a call may change its arguments
        if name_of(node) in functions:
            mixed.add(number)
            steps[number].reads.add(_arguments_of(name_of(node)))
        _take(steps[number], node, functions)
    for number in mixed:
        steps[number].writes |= steps[number].reads - functions - MODULES
    return steps, step_of, unread


def _arguments_of(function: str) -> str:
    """Return a name for all arguments of a function."""
    return f"{function}()"


def _take(step: _Step, node: ast.AST, functions: set[str]) -> None:
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
    """The two sides may be names of one array: what is written to one is written to the other."""
    same = _roots(value, functions)
    if same:
        step.writes |= same
        step.reads |= {name for target in targets for name in _roots(target, functions)}


def _roots(value: ast.expr, functions: set[str]) -> set[str]:
    """Return the names that may stand for this value, or for an array that holds it."""
    found, waiting = set[str](), [value]
    while waiting:
        match waiting.pop():
            case ast.Name() as node:
                found.add(node.id)
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
                if call_name(node) in _VIEWS | _WALKS | functions:
                    waiting += [*node.args, *(keyword.value for keyword in node.keywords)]
            case _:
                pass
    return found - MODULES


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
    found, done = set(names), set[int]()
    waiting = [reader for name in names for reader in readers.pop(name, ())]
    while waiting:
        number = waiting.pop()
        if number not in done:
            done.add(number)
            found |= steps[number].writes
            waiting += inside[number]
            waiting += [
                reader for written in steps[number].writes for reader in readers.pop(written, ())
            ]
    return found
