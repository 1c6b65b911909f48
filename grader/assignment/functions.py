"""[inputs], [knobs] and [functions] of an assignment.toml as the functions under test.

What a call needs, and what it asks of the student's file, is found in its own lines.
"""

import ast
import builtins
import keyword
import re
from collections.abc import Iterable, Mapping, Sequence
from textwrap import dedent
from typing import Annotated, Any, NamedTuple, TypeAlias

from msgspec import Meta, Struct

from grader.assignment.layers import Key, Layers, cure_of_unknown, missing_keys, one_of
from grader.checks.shapes import INTEGER, NUMBER, dtype_of, letters_of
from grader.model import Function, Gradient

Knob: TypeAlias = float | tuple[float, float]  # a number, or the range that it is drawn from

_NAME_OF_FUNCTION = "{function}"  # in the call of [function]
_GRADIENT = re.compile(r"(?P<of>\w+)(?: \. (?P<along>\w+))? by (?P<by>\w+)")
_FORM = 'short_name = "name_in_the_file", or a table with call and outputs'
_KINDS = f'"C x D", "N of labels", "{NUMBER}" or "{INTEGER}"'
# Names that a call may use, beside those of inputs and those that it asks of the student's file.
_EVERYWHERE = {"np", *dir(builtins)}
# What an input must not be called: a call would lose the name, or a file could not define it.
_RESERVED = {"np"}


class FunctionTable(Struct, frozen=True, forbid_unknown_fields=True):
    """A table of [functions], or [function] with the name of a function alone."""

    call: str
    outputs: Annotated[tuple[str, ...], Meta(min_length=1)]
    gradients: dict[str, str] = {}  # output -> "loss by W", or "out . dout by x"
    derived: tuple[str, ...] = ()
    knobs: tuple[str, ...] | None = None  # those of the call if it is not set
    name: str | None = None  # if not set, the last of the student's names that is called


class _NamesOfCall(NamedTuple):
    """The names in the lines of a call."""

    used: tuple[str, ...]  # in the order in which they stand there
    stored: frozenset[str]  # those that the lines leave behind
    called: frozenset[str]  # those that are called, or whose methods are


def read_inputs(layers: Layers, table: object) -> dict[str, str]:
    """Check the table [inputs]. Raises AssignmentError."""
    if not isinstance(table, dict) or not table:
        layers.complain(("inputs",), f"is {table!r}", f"write a table: name = {_KINDS}")
    for name, declaration in table.items():
        key = ("inputs", name)
        if not name.isidentifier() or keyword.iskeyword(name) or name in _RESERVED:
            layers.complain(key, "is no name for an input", "write one that Python takes")
        try:
            letters_of(declaration)
        except (TypeError, ValueError):
            layers.complain(key, f"is {declaration!r}", f"write its axes or kind: {_KINDS}")
    return dict(table)


def read_knobs(layers: Layers, table: object, inputs: Mapping[str, str]) -> dict[str, Knob]:
    """Check the table [knobs]. Raises AssignmentError."""
    form = "write a number, or [from, to] to draw one for each key"
    if not isinstance(table, dict):
        layers.complain(("knobs",), f"is {table!r}", f"write a table: name of an input = {form}")
    knobs: dict[str, Knob] = {}
    for name, value in table.items():
        key = ("knobs", name)
        if name not in inputs:
            cure = one_of(name, [each for each in inputs if not letters_of(inputs[each])])
            layers.complain(key, "is no input", cure)
        if letters_of(inputs[name]):
            cure = f'take an input that is a "{NUMBER}" or "{INTEGER}", or leave it out'
            layers.complain(key, f"is an array ({inputs[name]!r}), which no knob can be", cure)
        ends = value if isinstance(value, list) else [value]
        if not (len(ends) in (1, 2) and all(map(_is_number, ends)) and ends[0] <= ends[-1]):
            layers.complain(key, f"is {value!r}", form)
        if not any(ends):
            layers.complain(key, f"is {value!r}, as a knob at rest is", "write another number")
        knobs[name] = (float(ends[0]), float(ends[1])) if len(ends) == 2 else float(ends[0])
    return knobs


def missing_in_functions(values: Mapping[str, Any]) -> list[Key]:
    """The keys that tables of functions lack. values: of the whole assignment.toml."""
    missing: list[Key] = []
    functions = values.get("functions")
    tables: dict[Key, Any] = {("functions", short): table for short, table in _items(functions)}
    if "function" in values:
        tables[("function",)] = values["function"]
    for key, table in tables.items():
        if isinstance(table, dict):
            missing += missing_keys(table, FunctionTable, key)
    return missing


def read_functions(
    layers: Layers,
    table: object,
    default: object,
    inputs: Mapping[str, str],
    knobs: Mapping[str, Knob],
) -> dict[str, Function]:
    """Check the table [functions]. default: the table [function], or None.

    Raises AssignmentError.
    """
    if not isinstance(table, dict):
        layers.complain(("functions",), f"is {table!r}", f"write a table: {_FORM}")
    if not table:
        layers.complain(("functions",), "is empty", f"name a function: {_FORM}")
    if default is not None:
        if not isinstance(default, dict):
            layers.complain(("function",), f"is {default!r}", "write a table with call and outputs")
        layers.convert(default, FunctionTable, ("function",))
    functions = {}
    for short, value in table.items():
        key: Key = ("functions", short)
        if not short.isidentifier():
            layers.complain(key, "is no short name", f"write a value of that kind: {_FORM}")
        values, key_of_values = _table_of(layers, key, value, default)
        row = layers.convert(values, FunctionTable, key_of_values)
        functions[short] = _function(layers, key_of_values, short, row, inputs, knobs)
    _require_one_meaning(layers, functions)
    return functions


def outputs_in(functions: Iterable[Function]) -> tuple[str, ...]:
    """The outputs of functions, with the derived ones, each once."""
    names = [name for each in functions for name in (*each.outputs, *each.derived)]
    return tuple(dict.fromkeys(names))


def _items(table: object) -> list[tuple[str, Any]]:
    return list(table.items()) if isinstance(table, dict) else []


def _table_of(
    layers: Layers, key: Key, value: object, default: object
) -> tuple[dict[str, Any], Key]:
    """Return the values of a function, and the key of the table that has them."""
    if isinstance(value, dict):
        return value, key
    if not (isinstance(value, str) and value.isidentifier()):
        layers.complain(key, f"is {value!r}", f"write a value of that kind: {_FORM}")
    if not isinstance(default, dict):
        problem = "is a name alone, and there is no [function] that says how it is called"
        layers.complain(key, problem, "write a table with call and outputs, or name a preset")
    if _NAME_OF_FUNCTION not in str(default["call"]):
        problem = f"has no {_NAME_OF_FUNCTION}, for which the name of each function is put"
        cure = f'write it there, as in "loss = {_NAME_OF_FUNCTION}(x)"'
        layers.complain(("function", "call"), problem, cure)
    call = str(default["call"]).replace(_NAME_OF_FUNCTION, value)
    return {**default, "call": call, "name": value}, ("function",)


def _function(
    layers: Layers,
    key: Key,
    short: str,
    table: FunctionTable,
    inputs: Mapping[str, str],
    knobs: Mapping[str, Knob],
) -> Function:
    call = dedent(table.call).strip()
    names = _names_in(layers, (*key, "call"), call)
    own = [name for name in names.used if name not in {*inputs, *names.stored, *_EVERYWHERE}]
    if not own:
        cure = "call a function or class that the student writes"
        layers.complain((*key, "call"), "asks nothing of the student's file", cure)
    called = names.called & {*own}
    if table.name is not None and table.name not in own:
        cure = one_of(table.name, own)
        layers.complain((*key, "name"), f"is {table.name!r}, which the call does not use", cure)
    for output in (*table.outputs, *table.derived):
        _check_output(layers, key, table, names, output, inputs)
    used = tuple(name for name in inputs if name in names.used)
    turned = tuple(name for name in knobs if name in used) if table.knobs is None else table.knobs
    for knob in turned:
        if knob not in knobs or knob not in used:
            cure = one_of(knob, [name for name in knobs if name in used])
            problem = f"names {knob!r}, which is no knob that the call uses"
            layers.complain((*key, "knobs"), problem, cure)
    gradients = [
        _gradient(layers, key, table, name, text, inputs, used)
        for name, text in table.gradients.items()
    ]
    return Function(
        short=short,
        name=table.name or [name for name in own if name in names.called or not called][-1],
        call=call,
        inputs=used,
        outputs=table.outputs,
        names=tuple(dict.fromkeys(own)),
        gradients=tuple(gradients),
        knobs=turned,
        derived=table.derived,
    )


def _names_in(layers: Layers, key: Key, call: str) -> _NamesOfCall:
    try:
        nodes = list(ast.walk(ast.parse(call)))
    except (SyntaxError, ValueError) as error:
        layers.complain(key, f"is not valid Python ({error})", "correct these lines")
    uses: list[tuple[int, int, str]] = []
    stored, called = set(), set()
    for node in nodes:
        if isinstance(node, ast.Call):
            what = node.func
            while isinstance(what, ast.Attribute):  # net.loss(x): net
                what = what.value
            if isinstance(what, ast.Name):
                called.add(what.id)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            uses.append((node.lineno, node.col_offset, node.id))
        elif isinstance(node, ast.Name):
            stored.add(node.id)
        elif isinstance(node, ast.arg):  # of a lambda
            stored.add(node.arg)
        elif isinstance(node, ast.Import | ast.ImportFrom | ast.FunctionDef | ast.ClassDef):
            layers.complain(key, "imports or defines something", "write calls and assignments only")
    used = tuple(name for *_, name in sorted(uses))
    return _NamesOfCall(used, frozenset(stored), frozenset(called))


def _check_output(
    layers: Layers,
    key: Key,
    table: FunctionTable,
    names: _NamesOfCall,
    output: str,
    inputs: Mapping[str, str],
) -> None:
    if output in inputs:
        problem = f"names {output!r}, which is an input"
        layers.complain((*key, "outputs"), problem, "give the output a name of its own in call")
    if output in table.derived:
        if output in table.outputs:
            problem = f"names {output!r}, which the call leaves behind"
            layers.complain((*key, "derived"), problem, "leave it out here or in outputs")
        return
    if output not in names.stored:
        problem = f"names {output!r}, which the call does not leave behind"
        layers.complain((*key, "outputs"), problem, one_of(output, sorted(names.stored)))


def _gradient(
    layers: Layers,
    key: Key,
    table: FunctionTable,
    name: str,
    text: str,
    inputs: Mapping[str, str],
    used: Sequence[str],
) -> Gradient:
    place = (*key, "gradients", name)
    if name not in table.outputs:
        layers.complain(place, "is no output", cure_of_unknown(name, table.outputs))
    match = _GRADIENT.fullmatch(text)
    if match is None:
        cure = 'write a value of that kind: "loss by W", or "out . dout by x" with a cotangent'
        layers.complain(place, f"is {text!r}", cure)
    if match["of"] not in table.outputs or match["of"] == name:
        choices = [output for output in table.outputs if output != name]
        problem = f"is the derivative of {match['of']!r}, which is no other output of this function"
        layers.complain(place, problem, one_of(match["of"], choices))
    floats = [each for each in used if dtype_of(inputs[each]) == "<f8"]
    for part in ("by", "along"):
        if match[part] is not None and match[part] not in used:
            problem = f"names {match[part]!r}, which is no input that the call uses"
            layers.complain(place, problem, one_of(match[part], floats))
    if match["by"] not in floats:
        problem = f"is the derivative by {match['by']!r}, which holds whole numbers"
        layers.complain(place, problem, one_of(match["by"], floats))
    return Gradient(name, match["of"], match["by"], match["along"])


def _require_one_meaning(layers: Layers, functions: Mapping[str, Function]) -> None:
    """No two functions have one name, and an output of one name means the same in all of them."""
    by_name: dict[str, str] = {}
    gradients: dict[str, Gradient] = {}
    for short, function in functions.items():
        other = by_name.setdefault(function.name, short)
        if other != short:
            problem = f"is called {function.name}, as {other} is"
            names = [name for name in function.names if name != function.name]
            cure = "ask for both in one table, with the lines of both calls"
            if names:
                cure = f'add name = "{names[0]}"'
            layers.complain(("functions", short), problem, cure)
        for gradient in function.gradients:
            if gradients.setdefault(gradient.name, gradient) != gradient:
                problem = f"{gradient.name} is another derivative in an earlier function"
                cure = "give one of the two outputs another name in call"
                layers.complain(("functions", short), problem, cure)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
