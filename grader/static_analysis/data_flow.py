"""Which values in a function's text can reach what it returns, and what they are made of. Nothing runs: names alone are followed.

Generous on purpose: of a value that may reach what is returned, it says that it does. The order of the statements does not count, names
are the same in all functions of the file, and two names for one array are one. What it rules out is ruled out beyond doubt.
"""

import ast
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from grader.static_analysis.nodes import MODULES, Definition, Place, called, is_module, named

RETURNED = ("<loss>", "<dW>")  # names for what is returned
ANYTHING = "<anything>"  # made of all arguments
SHAPES = {"shape", "size", "ndim", "dtype"}
OF_A_SHAPE = {
    "len",
    "zeros",
    "zeros_like",
    "empty",
    "empty_like",
    "ones",
    "ones_like",
}  # nothing of the values of what they are given
VIEWS = {
    "array",
    "asarray",
    "asanyarray",
    "ravel",
    "reshape",
    "squeeze",
    "transpose",
    "swapaxes",
    "atleast_2d",
    "expand_dims",
    "diagonal",
}
NEW = {
    "dot",
    "sum",
    "mean",
    "std",
    "var",
    "prod",
    "max",
    "min",
    "argmax",
    "argmin",
    "cumsum",
    "clip",
    "round",
    "copy",
    "astype",
}  # arrays
WALKS = {
    "enumerate",
    "zip",
    "reversed",
    "iter",
}  # a loop over these goes through what they are given
JUMPS = (ast.Break, ast.Continue, ast.Raise)


@dataclass
class Step:
    """A statement without those that stand in it, or one of the two values of a return. around: the number of the step it stands in."""

    around: int | None = None
    writes: set[str] = field(default_factory=set)
    reads: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Flow:
    """step_of: node -> the number of its step; live: the steps that reach the loss, and those that reach dW; made_of: node -> the arguments
    in it, one bit each. A node stands for its id()."""

    step_of: Mapping[int, int]
    live: tuple[frozenset[int], ...]
    made_of: Mapping[int, int]

    def reaches(self, node: ast.AST, which: int) -> bool:
        """which: 0 the loss, 1 dW."""
        return self.step_of.get(id(node), -1) in self.live[which]

    def holds(self, node: ast.AST, *arguments: int) -> bool:
        """Do values of all these arguments take part? 0 for W, 1 for X, 2 for y."""
        return all(self.made_of.get(id(node), 0) >> number & 1 for number in arguments)


def flow_of(
    main: Definition, parameters: Sequence[str], used: Sequence[Definition], places: Sequence[Place]
) -> Flow:
    """used: main and the functions of the file that it uses. Takes time in proportion to the number of places."""
    steps, step_of, unread = steps_of(main, {each.name for each in used}, places)
    called_here = {name for step in steps for name in step.reads}
    for each in (each for each in used if given_to(each.name) in called_here):
        shared = {each.arg for each in ast.walk(each.args) if isinstance(each, ast.arg)} | {
            given_to(each.name)
        }
        steps.append(Step(None, shared, shared))
    jumps = [step_of[id(place.node)] for place in places if isinstance(place.node, JUMPS)]
    made_of: dict[str, int] = defaultdict(int)
    for number, parameter in enumerate(parameters):
        for name in spread(steps, (parameter, ANYTHING)):
            made_of[name] |= 1 << number
    bits: dict[int, int] = defaultdict(int)
    for place in reversed(places):  # children before their parents
        if id(place.node) not in unread:
            bits[id(place.node)] |= (
                made_of[place.node.id] if isinstance(place.node, ast.Name) else 0
            )
            bits[id(place.parent)] |= bits[id(place.node)]
    return Flow(step_of, tuple(reaching(steps, name, jumps) for name in RETURNED), bits)


def steps_of(
    main: Definition, functions: set[str], places: Sequence[Place]
) -> tuple[list[Step], dict[int, int], set[int]]:
    """The steps; node -> the number of its step; and the nodes of which no more than a shape is used."""
    steps, step_of, unread = list[Step](), dict[int, int](), set[int]()
    halves: dict[int, str] = {}
    mixed: set[int] = set()
    for place in places:
        node, number = place.node, step_of.get(id(place.parent))
        if isinstance(node, ast.stmt) or id(node) in halves or number is None:
            steps.append(Step(number, {halves[id(node)]} if id(node) in halves else set()))
            number = len(steps) - 1
        step_of[id(node)] = number
        if (
            id(place.parent) in unread
            or (isinstance(node, ast.Attribute) and node.attr in SHAPES)
            or called(node) in OF_A_SHAPE
        ):
            unread.add(id(node))
            continue
        if isinstance(node, ast.Return):
            pair = (
                node.value.elts
                if isinstance(node.value, ast.Tuple) and len(node.value.elts) == len(RETURNED)
                else []
            )
            if place.function != main.name:
                steps[number].writes.add(place.function)
            elif pair:
                halves |= {id(value): name for value, name in zip(pair, RETURNED, strict=True)}
            else:
                steps[number].writes |= {*RETURNED}
        if isinstance(node, ast.Expr) and called(node.value) != "print":
            mixed.add(number)  # what is called may change what it is given
        if named(node) in functions:
            mixed.add(number)
            steps[number].reads.add(given_to(named(node)))
        take(steps[number], node, functions)
    for number in mixed:
        steps[number].writes |= steps[number].reads - functions - MODULES
    return steps, step_of, unread


def given_to(function: str) -> str:
    """A name for its arguments, whichever they are."""
    return f"{function}()"


def take(step: Step, node: ast.AST, functions: set[str]) -> None:
    """Add what a node reads and writes."""
    match node:
        case ast.Name(ctx=ast.Load()):
            step.reads.add(node.id)
        case ast.Name():
            step.writes.add(node.id)
        case ast.Subscript(ctx=ast.Store()) | ast.Attribute(ctx=ast.Store()):
            step.writes |= roots(node, functions)
        case ast.AugAssign():
            step.reads |= roots(node.target, functions)
        case ast.keyword(arg="out"):
            step.writes |= roots(node.value, functions)
        case ast.arg():
            step.writes.add(node.arg)
            step.reads.add(ANYTHING)
        case ast.Assign():
            share(step, node.targets, node.value, functions)
        case ast.AnnAssign(value=ast.expr() as value) | ast.NamedExpr(value=value):
            share(step, [node.target], value, functions)
        case ast.For() | ast.AsyncFor() | ast.comprehension():
            share(step, [node.target], node.iter, functions)
        case _:
            pass


def share(step: Step, targets: Iterable[ast.expr], value: ast.expr, functions: set[str]) -> None:
    """Two names for one array, possibly: what is written to one is written to the other."""
    same = roots(value, functions)
    if same:
        step.writes |= same
        step.reads |= {name for target in targets for name in roots(target, functions)}


def roots(value: ast.expr, functions: set[str]) -> set[str]:
    """Names that could be another name for this value, or for what holds it."""
    found, waiting = set[str](), [value]
    while waiting:
        match waiting.pop():
            case ast.Name() as node:
                found.add(node.id)
            case ast.Attribute() as node if node.attr not in SHAPES:
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
                if (
                    isinstance(node.func, ast.Attribute)
                    and node.func.attr not in NEW
                    and not is_module(node.func.value)
                ):
                    waiting.append(node.func.value)
                if called(node) in VIEWS | WALKS | functions:
                    waiting += [*node.args, *(keyword.value for keyword in node.keywords)]
            case _:
                pass
    return found - MODULES


def reaching(steps: Sequence[Step], name: str, jumps: Iterable[int]) -> frozenset[int]:
    """The steps whose values can take part in this name's. jumps: those that always count."""
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


def spread(steps: Sequence[Step], names: Iterable[str]) -> set[str]:
    """All names in whose values these take part."""
    readers: dict[str, list[int]] = defaultdict(list)
    inside: dict[int | None, list[int]] = defaultdict(list)
    for number, step in enumerate(steps):
        inside[step.around].append(number)
        for read in step.reads:
            readers[read].append(number)
    found, seen = set(names), set[int]()
    waiting = [reader for name in names for reader in readers.pop(name, ())]
    while waiting:
        number = waiting.pop()
        if number not in seen:
            seen.add(number)
            found |= steps[number].writes
            waiting += inside[number]
            waiting += [
                reader for written in steps[number].writes for reader in readers.pop(written, ())
            ]
    return found
