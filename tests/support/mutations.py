"""Changes a right file in one place, in every way that an operator knows.

An operator looks at one node of the tree and yields what may stand there instead. So mutants are
found systematically, and not by thinking of mistakes: the catalogue is measured with them.
"""

import ast
import copy
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, TypeAlias

# Yields nodes, or lists of statements, that replace the node.
Operator: TypeAlias = Callable[[ast.AST, "Scope"], Iterator[ast.AST | list[ast.stmt]]]


class Scope(NamedTuple):
    """The names of the function in which a node stands."""

    parameters: tuple[str, ...]
    counters: tuple[str, ...]  # of its loops
    variables: tuple[str, ...]  # all others that it assigns to, in their order


class Mutant(NamedTuple):
    operator: str
    function: str  # the top-level function that is changed
    line: int  # of the right file
    source: str


def mutants_of(source: str, functions: tuple[str, ...]) -> Iterator[Mutant]:
    """Yield the mutants of a file, in a fixed order: one change in one of these functions each."""
    tree = ast.parse(source)
    texts = [ast.unparse(statement) for statement in tree.body]
    for position, definition in enumerate(tree.body):
        if not isinstance(definition, ast.FunctionDef) or definition.name not in functions:
            continue
        scope = _scope_of(definition)
        for path, node in _paths(definition):
            for name, operator in OPERATORS.items():
                for replacement in operator(node, scope):
                    changed = copy.deepcopy(definition)
                    _replace(changed, path, copy.deepcopy(replacement))
                    text = ast.unparse(ast.fix_missing_locations(changed))
                    lines = "\n".join([*texts[:position], text, *texts[position + 1 :]])
                    yield Mutant(name, definition.name, getattr(node, "lineno", 0), lines)


# --- operators ------------------------------------------------------------------------------------


def _operator(node: ast.AST, _scope: Scope) -> Iterator[ast.AST]:
    """+ and -, * and /, ** and *."""
    others: dict[type[ast.operator], list[ast.operator]] = {
        ast.Add: [ast.Sub()],
        ast.Sub: [ast.Add()],
        ast.Mult: [ast.Div()],
        ast.Div: [ast.Mult()],
        ast.Pow: [ast.Mult()],
    }
    if isinstance(node, ast.BinOp):
        for other in others.get(type(node.op), []):
            yield ast.BinOp(node.left, other, node.right)


def _sign(node: ast.AST, _scope: Scope) -> Iterator[ast.AST]:
    """A minus is left out, or one stands before a factor."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        yield node.operand
    if isinstance(node, ast.Call) and _called(node) in ("log", "exp", "sum", "mean", "dot"):
        yield ast.UnaryOp(ast.USub(), node)


def _assignment(node: ast.AST, _scope: Scope) -> Iterator[ast.AST]:
    """= and -= for +=, *= for /=, and so on."""
    if not isinstance(node, ast.AugAssign):
        return
    yield ast.Assign([node.target], node.value)
    others = {ast.Add: ast.Sub(), ast.Sub: ast.Add(), ast.Div: ast.Mult(), ast.Mult: ast.Div()}
    other = others.get(type(node.op))
    if other is not None:
        yield ast.AugAssign(node.target, other, node.value)


def _constant(node: ast.AST, _scope: Scope) -> Iterator[ast.AST]:
    """Another number: twice, half, one more."""
    if not isinstance(node, ast.Constant) or isinstance(node.value, (bool, str)):
        return
    if isinstance(node.value, int):
        yield ast.Constant(node.value + 1)
        if node.value:
            yield ast.Constant(node.value - 1)
    elif isinstance(node.value, float):
        for number in {2 * node.value, node.value / 2, node.value + 1} - {node.value}:
            yield ast.Constant(number)


def _off_by_one(node: ast.AST, _scope: Scope) -> Iterator[ast.AST]:
    """A range that leaves out the first or the last number."""
    if isinstance(node, ast.Call) and _called(node) in ("range", "xrange") and len(node.args) == 1:
        yield ast.Call(node.func, [ast.Constant(1), node.args[0]], [])
        less = ast.BinOp(node.args[0], ast.Sub(), ast.Constant(1))
        yield ast.Call(node.func, [less], [])


def _axis(node: ast.AST, _scope: Scope) -> Iterator[ast.AST]:
    """The other axis, none at all, or without keepdims."""
    if not isinstance(node, ast.Call):
        return
    for place, keyword in enumerate(node.keywords):
        rest = [*node.keywords[:place], *node.keywords[place + 1 :]]
        if keyword.arg in ("axis", "keepdims"):
            yield ast.Call(node.func, node.args, rest)
        if keyword.arg == "axis" and isinstance(keyword.value, ast.Constant):
            other = ast.keyword("axis", ast.Constant(1 - bool(keyword.value.value)))
            yield ast.Call(node.func, node.args, [*rest, other])


def _index(node: ast.AST, _scope: Scope) -> Iterator[ast.AST]:
    """Indices in the other order, one less, or one name for all."""
    if not isinstance(node, ast.Subscript):
        return
    if isinstance(node.slice, ast.Tuple) and len(node.slice.elts) == 2:
        first, second = node.slice.elts
        yield ast.Subscript(node.value, ast.Tuple([second, first], ast.Load()), node.ctx)
        for each in (first, second):
            if not isinstance(each, ast.Slice):
                yield ast.Subscript(node.value, each, node.ctx)
                both = ast.Tuple([each, each], ast.Load())
                yield ast.Subscript(node.value, both, node.ctx)
    elif isinstance(node.slice, ast.Name) and isinstance(node.ctx, ast.Load):
        yield node.slice


def _name(node: ast.AST, scope: Scope) -> Iterator[ast.AST]:
    """Another parameter, another counter, or the variable assigned before or after this one."""
    if not isinstance(node, ast.Name) or not isinstance(node.ctx, ast.Load):
        return
    others: tuple[str, ...] = ()
    for names in (scope.parameters, scope.counters):
        if node.id in names:
            others += names
    if node.id in scope.variables:
        place = scope.variables.index(node.id)
        others += scope.variables[max(place - 1, 0) : place + 2]
    for name in dict.fromkeys(others):
        if name != node.id:
            yield ast.Name(name, ast.Load())


def _argument(node: ast.AST, _scope: Scope) -> Iterator[ast.AST]:
    """Arguments, or factors of a matrix product, in the other order."""
    if isinstance(node, ast.Call) and len(node.args) == 2:
        yield ast.Call(node.func, node.args[::-1], node.keywords)
    if isinstance(node, ast.Call) and _called(node) == "dot" and len(node.args) == 1:
        assert isinstance(node.func, ast.Attribute)
        turned = ast.Attribute(node.args[0], "dot", ast.Load())
        yield ast.Call(turned, [node.func.value], [])
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Sub, ast.Div, ast.MatMult)):
        yield ast.BinOp(node.right, node.op, node.left)


def _function(node: ast.AST, _scope: Scope) -> Iterator[ast.AST]:
    """A function with a similar name or purpose, or none."""
    others = {
        "max": ["min", "sum"],
        "amax": ["amin"],
        "maximum": ["minimum"],
        "sum": ["mean", "max", "prod"],
        "mean": ["sum"],
        "log": ["log10", "log2", "log1p"],
        "exp": ["exp2", "expm1"],
        "outer": ["multiply"],
        "square": ["abs"],
    }
    if not isinstance(node, ast.Call):
        return
    if isinstance(node.func, ast.Attribute):
        for other in others.get(node.func.attr, []):
            yield ast.Call(
                ast.Attribute(node.func.value, other, ast.Load()), node.args, node.keywords
            )
    if _called(node) in others and len(node.args) == 1:
        yield node.args[0]


def _comparison(node: ast.AST, _scope: Scope) -> Iterator[ast.AST]:
    """The opposite."""
    others: dict[type[ast.cmpop], ast.cmpop] = {
        ast.Eq: ast.NotEq(),
        ast.NotEq: ast.Eq(),
        ast.Lt: ast.GtE(),
        ast.Gt: ast.LtE(),
    }
    if isinstance(node, ast.Compare) and type(node.ops[0]) in others:
        yield ast.Compare(node.left, [others[type(node.ops[0])], *node.ops[1:]], node.comparators)


def _transposed(node: ast.AST, _scope: Scope) -> Iterator[ast.AST]:
    """.T is left out, or added."""
    if isinstance(node, ast.Attribute) and node.attr == "T" and isinstance(node.ctx, ast.Load):
        yield node.value
    elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and len(node.id) < 3:
        yield ast.Attribute(node, "T", ast.Load())


def _term(node: ast.AST, _scope: Scope) -> Iterator[ast.AST]:
    """One of two terms or factors is left out."""
    if isinstance(node, ast.BinOp) and not isinstance(node.op, ast.MatMult):
        yield node.left
        if isinstance(node.op, (ast.Add, ast.Mult)):
            yield node.right


def _statement(node: ast.AST, _scope: Scope) -> Iterator[list[ast.stmt]]:
    """A statement is left out."""
    if isinstance(node, (ast.Assign, ast.AugAssign, ast.Expr)) and not _is_docstring(node):
        yield [ast.Pass()]


def _order(node: ast.AST, _scope: Scope) -> Iterator[ast.AST]:
    """Two statements change places; one moves into the loop before it, or out of it."""
    if not isinstance(node, (ast.For, ast.FunctionDef)):
        return
    for place in range(len(node.body) - 1):
        first, second = node.body[place : place + 2]
        if _is_docstring(first) or isinstance(second, ast.Return):
            continue
        before, after = node.body[:place], node.body[place + 2 :]
        yield _with_body(node, [*before, second, first, *after])
        if isinstance(first, ast.For):
            longer = _with_body(first, [*first.body, second])
            yield _with_body(node, [*before, longer, *after])
    for place, inner in enumerate(node.body):
        if isinstance(inner, ast.For) and len(inner.body) > 1:
            shorter = _with_body(inner, inner.body[:-1])
            rest = [inner.body[-1], *node.body[place + 1 :]]
            yield _with_body(node, [*node.body[:place], shorter, *rest])


OPERATORS: dict[str, Operator] = {
    "operator": _operator,
    "sign": _sign,
    "assignment": _assignment,
    "constant": _constant,
    "off by one": _off_by_one,
    "axis": _axis,
    "index": _index,
    "name": _name,
    "argument": _argument,
    "function": _function,
    "comparison": _comparison,
    "transposed": _transposed,
    "term": _term,
    "statement": _statement,
    "order": _order,
}


# --- helpers --------------------------------------------------------------------------------------

_Step: TypeAlias = tuple[str, int | None]  # a field, and the place in it if it is a list


def _paths(
    root: ast.AST, path: tuple[_Step, ...] = ()
) -> Iterator[tuple[tuple[_Step, ...], ast.AST]]:
    """Yield every node with the way to it."""
    yield path, root
    for field, value in ast.iter_fields(root):
        if isinstance(value, ast.AST):
            yield from _paths(value, (*path, (field, None)))
        elif isinstance(value, list):
            for place, each in enumerate(value):
                if isinstance(each, ast.AST):
                    yield from _paths(each, (*path, (field, place)))


def _replace(root: ast.AST, path: tuple[_Step, ...], new: ast.AST | list[ast.stmt]) -> None:
    """Put something else where a node stands. A definition itself gets the new one's body."""
    if not path:
        assert isinstance(root, ast.FunctionDef)
        assert isinstance(new, ast.FunctionDef)
        root.body = new.body
        return
    *way, (field, place) = path
    for step, index in way:
        value = getattr(root, step)
        root = value if index is None else value[index]
    if place is None:
        assert isinstance(new, ast.AST)
        setattr(root, field, new)
    else:
        getattr(root, field)[place : place + 1] = new if isinstance(new, list) else [new]


def _with_body(node: ast.For | ast.FunctionDef, body: list[ast.stmt]) -> ast.For | ast.FunctionDef:
    changed = copy.copy(node)
    changed.body = body
    return changed


def _scope_of(definition: ast.FunctionDef) -> Scope:
    parameters = tuple(each.arg for each in definition.args.args)
    nodes = list(ast.walk(definition))
    counters = _stored(
        [node.target for node in nodes if isinstance(node, (ast.For, ast.comprehension))]
    )
    variables = _stored(nodes)
    return Scope(
        parameters,
        counters,
        tuple(name for name in variables if name not in counters and name not in parameters),
    )


def _stored(nodes: Sequence[ast.AST]) -> tuple[str, ...]:
    """The names that are assigned to in these nodes."""
    return tuple(
        dict.fromkeys(
            each.id
            for node in nodes
            for each in ast.walk(node)
            if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)
        )
    )


def _called(node: ast.Call) -> str:
    """Return exp for np.exp(x) and exp(x)."""
    if isinstance(node.func, ast.Attribute):
        return node.func.attr
    return node.func.id if isinstance(node.func, ast.Name) else ""


def _is_docstring(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
