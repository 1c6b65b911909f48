"""Says why no file has a function or class of a name, where the text shows it. Nothing is run."""

import ast
import difflib
import re
from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from grader.model import Message, SourceFile
from grader.static_analysis.parsing import parse
from grader.static_analysis.syntax_tree import MOST_NODES
from grader.static_analysis.text import lines_of, text_of

MIN_LIKENESS = 0.8  # of two names, from 0 to 1
MIN_LIKENESS_OF_WORDS = 0.6  # of the words that they do not share
MAX_NAME = 100  # characters of a name that are shown
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
MISSING = ("missing_module", "missing_relative_module")
_DEFINITION = re.compile(r"(?:async\s+)?(?:def|class)\b|@")
ENDINGS = ("left_out_exit", "left_out_endless")


def explain_missing(
    files: Sequence[SourceFile], name: str, asked: Sequence[str], left_out: Sequence[Message]
) -> Message:
    """Return the message about a function or class that no file has.

    files: texts that a child has compiled, the main one first. asked: all names that are asked for.
    left_out: what could not be loaded.
    """
    trees = {file.file: _tree(file) for file in files}
    main = files[0].file
    for find in (_not_loaded, _inside_something, _similar):
        for file, tree in trees.items():
            notes = [note for note in left_out if (note.file or main) == file]
            reason = find(tree, name, asked, notes) if tree else None
            if reason is not None and not _is_import_of(reason, files):
                return replace(reason, file=None if file == main else file)
    return Message("missing_function", {"name": name})


def _is_import_of(reason: Message, files: Sequence[SourceFile]) -> bool:
    """Whether the name is said to come from another of the files, which may say more."""
    modules = {file.file.rpartition("/")[2].removesuffix(".py") for file in files}
    module = (reason.quote or "").rpartition(".")[2]
    return reason.code == "function_imported" and module in modules


def name_definitions(
    left_out: Sequence[Message], files: Sequence[SourceFile]
) -> tuple[Message, ...]:
    """Say of each line that was left out whether a function or a class was left out with it."""
    lines = {file.file: lines_of(text_of(file.text)) for file in files}
    main = files[0].file
    return tuple(_as_definition(note, lines.get(note.file or main, [])) for note in left_out)


def _as_definition(note: Message, lines: Sequence[str]) -> Message:
    """Return the note with a code of its own if a definition begins in its line."""
    if note.code not in ("left_out", "left_out_module") or note.line is None:
        return note
    if not (0 < note.line <= len(lines) and _DEFINITION.match(lines[note.line - 1])):
        return note
    return replace(note, code="left_out_definition")


def _tree(file: SourceFile) -> ast.Module | None:
    """Parse the file; None if it is unlike anything that people write, and could take long."""
    try:
        tree = parse(text_of(file.text))
        if tree is None or sum(1 for _ in ast.walk(tree)) > MOST_NODES:
            return None
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return tree


def _not_loaded(
    tree: ast.Module, name: str, _: Sequence[str], left_out: Sequence[Message]
) -> Message | None:
    """The top-level statement that would define it was left out, or was never reached."""
    missing = _missing_imports(tree, left_out)
    for statement in tree.body:
        if name not in _names_of(statement):
            continue
        first, last = _lines_of(statement)
        if isinstance(statement, ast.ImportFrom):
            module = _shortened(statement.module or ".")
            return Message("function_imported", {"name": name}, module, first)
        absent = missing.get(_value_of(statement))
        if absent is not None:
            return Message("function_needs_module", {"name": name}, absent, first)
        for note in left_out:
            # The file ended above it.
            if note.code in ENDINGS and note.line is not None and note.line < first:
                return Message("function_not_reached", {}, None, note.line)
            if note.line is None or not first <= note.line <= last:
                continue
            if note.code == "left_out_module":
                return Message("function_needs_module", {"name": name}, note.quote, note.line)
            if note.code == "left_out":
                exception = note.values["exception"]
                return Message(
                    "function_left_out",
                    {"name": name, "exception": exception},
                    note.quote,
                    note.line,
                )
    return None


def _missing_imports(tree: ast.Module, left_out: Sequence[Message]) -> dict[str, str | None]:
    """Return the names that imports of missing modules would bind -> the module of each."""
    missing = {note.line: note.quote for note in left_out if note.code in MISSING}
    found: dict[str, str | None] = {}
    for statement in tree.body:
        if isinstance(statement, (ast.Import, ast.ImportFrom)) and statement.lineno in missing:
            for name in _names_of(statement):
                found.setdefault(name, missing[statement.lineno])
    return found


def _value_of(statement: ast.stmt) -> str:
    """Return b of a = b; empty for any other statement."""
    if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Name):
        return statement.value.id
    return ""


def _names_of(statement: ast.stmt) -> set[str]:
    """Return the names that a statement binds at the top level, in whatever blocks it has."""
    names = set()
    for node in _same_level(statement):
        if isinstance(node, _DEFINITIONS):
            names.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        elif isinstance(node, ast.alias):
            names.add(node.asname or node.name)
    return names


def _same_level(node: ast.AST) -> Iterator[ast.AST]:
    """Yield a node and those below it, without the insides of functions and classes."""
    waiting = [node]
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, (*_DEFINITIONS, ast.Lambda)):
            waiting += [*ast.iter_child_nodes(node)][::-1]


def _lines_of(statement: ast.stmt) -> tuple[int, int]:
    """Return the first and the last line, decorators included."""
    decorators = getattr(statement, "decorator_list", [])
    first = min([statement.lineno, *(each.lineno for each in decorators)])
    return first, statement.end_lineno or statement.lineno


def _inside_something(
    tree: ast.Module, name: str, _: Sequence[str], __: Sequence[Message]
) -> Message | None:
    """It is a method of a class, or stands inside another function."""
    for outer in ast.walk(tree):
        if not isinstance(outer, _DEFINITIONS):
            continue
        for child in (each for statement in outer.body for each in _same_level(statement)):
            if isinstance(child, _DEFINITIONS) and child.name == name:
                is_method = isinstance(outer, ast.ClassDef)
                code = "function_in_class" if is_method else "function_in_function"
                return Message(code, {"name": name}, _shortened(outer.name), child.lineno)
    return None


def _similar(
    tree: ast.Module, name: str, asked: Sequence[str], _: Sequence[Message]
) -> Message | None:
    """A function or class of the file has nearly this name."""
    functions = {
        statement.name: statement.lineno
        for statement in tree.body
        if isinstance(statement, (ast.FunctionDef, ast.ClassDef)) and statement.name not in asked
    }
    likeness = {
        other: _likeness(other, name) for other in functions if _is_most_like(other, name, asked)
    }
    best = max(likeness, key=lambda other: likeness[other], default=None)
    if best is None or likeness[best] < MIN_LIKENESS:
        return None
    return Message("function_spelled", {"name": name}, _shortened(best), functions[best])


def _is_most_like(other: str, name: str, asked: Sequence[str]) -> bool:
    """Whether this one of the asked names is the most like the other name."""
    return name == max(asked, key=lambda each: _likeness(other, each))


def _likeness(other: str, name: str) -> float:
    """Compare two names by their words, in whatever order and letters these are written.

    vec counts as vectorized.
    """
    whole = _words(name)
    words = [
        next((each for each in whole if len(word) > 2 and each.startswith(word)), word)
        for word in _words(other)
    ]
    # hinge_loss and logistic_loss share a word, and mean different things.
    strange = [word for word in words if word not in whole]
    absent = [word for word in whole if word not in words]
    if strange and absent and _ratio(strange, absent) < MIN_LIKENESS_OF_WORDS:
        return 0.0
    return _ratio(words, whole)


def _ratio(words: list[str], others: list[str]) -> float:
    one, other = "".join(sorted(words)), "".join(sorted(others))
    return difflib.SequenceMatcher(None, one, other).ratio()


def _words(name: str) -> list[str]:
    return [word.lower() for word in _WORD.findall(name)]


def _shortened(name: str) -> str:
    """A name may be as long as the file."""
    return name if len(name) <= MAX_NAME else f"{name[: MAX_NAME - 3]}..."
