"""Recognizes code that is the same, or nearly so: information for the staff, which costs no points.

A fingerprint has a hash for each line of the functions and classes that were asked for and of those
that they use, in whichever file they are. Comments, white space, docstrings, imports, prints and
the names that a student chose make no difference to it. Code that is no Python, or has none of
these functions, is compared as text. The source is not run.
"""

import ast
import builtins
import hashlib
import re
from collections import deque
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from grader.static_analysis.parsing import parse
from grader.static_analysis.salvage import salvage
from grader.static_analysis.syntax_errors import syntax_error
from grader.static_analysis.syntax_tree import MOST_NODES
from grader.static_analysis.text import text_of

LINES, TEXT = "lines:", "text:"  # the two kinds; fingerprints of older versions have no mark
DIGITS = 8  # of a line's hash
MOST_LINES = 200  # of code that is compared line by line
# Shorter code is often the same by chance but for a line.
LEAST_LINES = 10
_BLOCKS = ("body", "orelse", "finalbody", "handlers", "cases")  # fields of a statement
# Fields that say nothing more.
_IGNORED = ("annotation", "returns", "type_comment", "type_params", "simple", "ctx", "kind")
# Functions that the template calls, too.
_TRIVIAL_CALLS = {"zeros", "zeros_like", "print", "range", "len", "float", "NotImplementedError"}
_BUILTINS = frozenset(dir(builtins))
# Strings stay as they are. An unterminated one extends to the end of the text, including a last
# backslash: if a string could fail to match, the search would start over from each quote, and one
# pass would no longer be enough.
_PIECES = re.compile(
    rb"""
      (?P<string> \"\"\" (?:[^\\]|\\.)*? (?:\"\"\"|\\?\Z) | ''' (?:[^\\]|\\.)*? (?:'''|\\?\Z)
                | \" (?:[^"\\\n]|\\.)* ["\n]? | ' (?:[^'\\\n]|\\.)* ['\n]? )
    | \#[^\n]* | \s+
    """,
    re.VERBOSE | re.DOTALL,
)


_FunctionOrClass: TypeAlias = ast.FunctionDef | ast.ClassDef


class _Definition(NamedTuple):
    """A function or class at the top of a file."""

    node: _FunctionOrClass
    nodes: Sequence[ast.AST]  # all of it
    imported: Mapping[str, str]  # the names that its file has imported, and what they stand for


class _Names(NamedTuple):
    """The names in a function."""

    own: Collection[str]  # those that its author assigns to
    imported: Mapping[str, str]  # what others stand for


def fingerprint(sources: Sequence[bytes], functions: Sequence[str]) -> str:
    """Return the same text for the same code; empty for code that computes nothing.

    sources: the files of a submission. functions: the names of those that were asked for.
    """
    try:
        lines = _lines_of_functions(sources, functions)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        lines = None
    if lines is None:
        rest = b"".join(
            _PIECES.sub(lambda piece: piece["string"] or b"", source) for source in sources
        )
        return TEXT + hashlib.sha256(rest).hexdigest() if rest else ""
    hashes = "".join(hashlib.sha256(line.encode()).hexdigest()[:DIGITS] for line in lines)
    if len(lines) > MOST_LINES:
        return TEXT + hashlib.sha256(hashes.encode()).hexdigest()
    return LINES + hashes if lines else ""


def similar_groups(fingerprints: Collection[str]) -> dict[str, str]:
    """Return each fingerprint -> one that stands for all that are similar to it.

    Two are similar if one has a single line more than the other.
    """
    standing_for = {each: each for each in fingerprints}

    def representative(each: str) -> str:
        while standing_for[each] != each:
            standing_for[each] = standing_for[standing_for[each]]  # keeps the way short
            each = standing_for[each]
        return each

    for longer in sorted(standing_for):
        for shorter in _without_one_line(longer):
            if shorter in standing_for:
                standing_for[representative(shorter)] = representative(longer)
    return {each: representative(each) for each in standing_for}


def _without_one_line(longer: str) -> Iterator[str]:
    if not longer.startswith(LINES) or len(longer) < len(LINES) + LEAST_LINES * DIGITS:
        return
    for place in range(len(LINES), len(longer), DIGITS):
        yield longer[:place] + longer[place + DIGITS :]


def _lines_of_functions(sources: Sequence[bytes], functions: Sequence[str]) -> list[str] | None:
    """Return the lines of the functions, in an order that does not depend on the files'.

    None if a source cannot be read, or none has any of the functions; empty if they compute
    nothing.
    """
    trees = [_tree(text_of(source), functions) for source in sources]
    definitions: dict[str, _Definition] = {}
    count = 0
    for tree in trees:
        if tree is None:
            return None
        statements = [(statement, _walk(statement)) for statement in tree.body]
        count += sum(len(nodes) for _, nodes in statements)
        imported = _imported_names([node for _, nodes in statements for node in nodes])
        own = {
            statement.name: _Definition(statement, nodes, imported)
            for statement, nodes in statements
            if isinstance(statement, _FunctionOrClass)
        }
        definitions = own | definitions  # those of an earlier file hold
    used = dict.fromkeys(name for name in functions if name in definitions)
    if count > MOST_NODES or not used:
        return None
    if not any(_computes(definitions[name].node) for name in used):
        return []
    lines: list[str] = []
    waiting = deque(used)
    while waiting:
        definition = definitions[waiting.popleft()]
        mentioned, assigned = _names_in(definition.nodes)
        more = [name for name in mentioned if name in definitions and name not in used]
        used |= dict.fromkeys(more)
        waiting += more
        _add_lines(definition.node.body, _Names(assigned, definition.imported), "", lines)
    return lines


def _tree(text: str, functions: Sequence[str]) -> ast.Module | None:
    """Parse a text or, as grading does, the part of it that parses, if no function is missing."""
    try:
        return parse(text)
    except SyntaxError as error:
        reason = syntax_error(text, error.msg, error.lineno)
        left = salvage(text, functions, reason)
        return None if left is None or left.broken else parse(left.text)


def _walk(root: ast.AST) -> list[ast.AST]:
    """Return what ast.walk yields, in its order, and faster."""
    nodes = [root]
    for node in nodes:  # the list grows while it is walked
        for field in node._fields:
            value = getattr(node, field, None)
            if isinstance(value, ast.AST):
                nodes.append(value)
            elif isinstance(value, list):
                nodes += [each for each in value if isinstance(each, ast.AST)]
    return nodes


def _imported_names(nodes: Sequence[ast.AST]) -> dict[str, str]:
    """Return what names of the file stand for: np -> numpy, exp -> numpy.exp."""
    names: dict[str, str] = {}
    for node in nodes:
        if not isinstance(node, (ast.Import, ast.ImportFrom)):
            continue
        for alias in node.names:
            if isinstance(node, ast.Import):
                names[alias.asname or alias.name] = alias.name
            elif node.module:
                names[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    return names


def _names_in(nodes: Sequence[ast.AST]) -> tuple[dict[str, None], set[str]]:
    """Return the names in a function in the order of their use, and those that it assigns to.

    Its parameters are among the latter. nodes: all of the function.
    """
    mentioned: dict[str, None] = {}
    assigned = set[str]()
    for node in nodes:
        if isinstance(node, ast.Name):
            mentioned[node.id] = None
            if not isinstance(node.ctx, ast.Load):
                assigned.add(node.id)
        elif isinstance(node, ast.arg):
            assigned.add(node.arg)
    return mentioned, assigned


def _computes(definition: _FunctionOrClass) -> bool:
    """Whether it does more than the template, which makes zeros and returns them.

    A class does if one of its methods does, other than __init__.
    """
    if isinstance(definition, ast.ClassDef):
        methods = [each for each in definition.body if isinstance(each, ast.FunctionDef)]
        return any(_computes(each) for each in methods if each.name != "__init__")
    for statement in definition.body:
        if isinstance(statement, ast.Raise):
            return False  # what follows is never reached
        for node in ast.walk(statement):
            if isinstance(node, (ast.BinOp, ast.AugAssign)):
                return True
            if isinstance(node, ast.Call) and not _is_trivial_call(node):
                return True
    return False


def _is_trivial_call(call: ast.Call) -> bool:
    """Whether the template calls it, too."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    if isinstance(call.func, ast.Name):
        name = call.func.id
    return name in _TRIVIAL_CALLS


def _add_lines(body: Sequence[ast.AST], names: _Names, place: str, lines: list[str]) -> None:
    """Append each statement without the names that the author chose.

    place: the blocks that it stands in, a letter each.
    """
    for statement in body:
        if _is_without_effect(statement):
            continue
        pieces = [place, type(statement).__name__.removeprefix("Ann")]
        blocks: list[tuple[str, Sequence[ast.AST]]] = []
        numbers: dict[str, int] = {}
        for field in statement._fields:
            value = getattr(statement, field)
            if field in _BLOCKS:
                blocks.append((field, value))
            elif field not in _IGNORED:
                _add_pieces(value, names, numbers, pieces)
        lines.append(" ".join(pieces))
        for field, block in blocks:
            _add_lines(block, names, place + field[0], lines)


def _is_without_effect(statement: ast.AST) -> bool:
    if isinstance(statement, ast.Expr):
        value = statement.value
        return isinstance(value, ast.Constant) or (
            isinstance(value, ast.Call)
            and isinstance(value.func, ast.Name)
            and value.func.id == "print"
        )
    if isinstance(statement, ast.AnnAssign):
        return statement.value is None
    return isinstance(statement, (ast.Pass, ast.Import, ast.ImportFrom))


def _add_pieces(part: object, names: _Names, numbers: dict[str, int], pieces: list[str]) -> None:
    """Append a part of a statement to the pieces, with own names replaced by numbers.

    numbers: of the names in this statement so far, in the order of their first use.
    """
    if isinstance(part, list):
        for each in part:
            _add_pieces(each, names, numbers, pieces)
    elif isinstance(part, (ast.Name, ast.arg)):
        name = part.id if isinstance(part, ast.Name) else part.arg
        is_kept = name in names.imported or name in _BUILTINS
        if name in names.own or not is_kept:
            pieces.append(str(numbers.setdefault(name, len(numbers))))
        else:
            pieces.append(names.imported.get(name, name))
    elif isinstance(part, ast.AST):
        pieces.append(f"{type(part).__name__}(")
        for field in part._fields:
            if field not in _IGNORED:
                _add_pieces(getattr(part, field), names, numbers, pieces)
        pieces.append(")")
    else:
        pieces.append(repr(part))
