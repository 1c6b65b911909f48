"""What a line with a mistake can look like: the patterns of [lines] in an assignment.toml.

A pattern is written with what it looks for, "assigned in loop: dW" or "call: log10, W, loss":
names of inputs, of which a value must be made, and of outputs, which the value must reach.
"""

import ast
import math
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from grader.static_analysis import expressions, finders
from grader.static_analysis.finders import Finder

_NEARNESS = 0.6  # of a name to one that is known, from 0 to 1


class Arguments(NamedTuple):
    """What stands behind the colon of a pattern."""

    function: str = ""  # of numpy
    number: float = math.nan
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()


class Pattern(NamedTuple):
    """A kind of line, and the arguments that it takes, in their order.

    takes: of "function", "number", "input" (one), "inputs", "output" (one) and "outputs".
    """

    takes: tuple[str, ...]
    finder: Callable[[Arguments], Finder]


def _call(fits: Callable[[Arguments], expressions.Fits]) -> Callable[[Arguments], Finder]:
    return lambda given: finders.reaching(
        finders.calling(given.function, fits(given)), given.outputs
    )


def _operation(
    kind: type[ast.operator], fits: Callable[[Arguments], expressions.FitsBoth]
) -> Callable[[Arguments], Finder]:
    return lambda given: finders.reaching(finders.operation(kind, fits(given)), given.outputs)


PATTERNS: Mapping[str, Pattern] = {
    "hidden loop": Pattern((), lambda _: finders.hidden_loops),
    "return in loop": Pattern((), lambda _: finders.return_in_loop),
    # loss = … in a loop, where += is meant. The first also finds dW[j] = …
    "assigned in loop": Pattern(
        ("output",), lambda given: finders.assigned_in_loop(given.outputs[0], or_part=True)
    ),
    "replaced in loop": Pattern(
        ("output",), lambda given: finders.assigned_in_loop(given.outputs[0], or_part=False)
    ),
    "divided in loop": Pattern(
        ("output",), lambda given: finders.divided_in_loop(given.outputs[0])
    ),
    # dW /= N + reg * W, and with a sum in the term: loss /= N + reg * np.sum(W * W).
    "divided with term": Pattern(
        ("inputs", "outputs"),
        lambda given: finders.reaching(
            finders.divided_with_term(given.inputs, is_summed=False), given.outputs
        ),
    ),
    "divided with sum": Pattern(
        ("inputs", "outputs"),
        lambda given: finders.reaching(
            finders.divided_with_term(given.inputs, is_summed=True), given.outputs
        ),
    ),
    # s -= np.max(s), where each column or row needs its own maximum.
    "maximum without axis": Pattern(
        ("input", "outputs"),
        lambda given: finders.reaching(
            finders.maximum_without_axis(given.inputs[0]), given.outputs
        ),
    ),
    # np.log10(p), p made of the input; np.sum(W) of the input itself; np.exp(-p); np.log(p + 1e-3).
    "call": Pattern(
        ("function", "input", "outputs"),
        _call(lambda given: expressions.is_made_of(given.inputs[0])),
    ),
    "call on input": Pattern(
        ("function", "input", "outputs"), _call(lambda given: expressions.is_input(given.inputs[0]))
    ),
    "call of minus": Pattern(
        ("function", "input", "outputs"), _call(lambda given: expressions.is_minus(given.inputs[0]))
    ),
    "call of sum": Pattern(
        ("function", "number", "input", "outputs"),
        _call(lambda given: expressions.is_sum_with(given.number, given.inputs[0])),
    ),
    # np.sum(W) ** 2 and 10 ** p; y - 1 and y + 1.
    "power of call": Pattern(
        ("function", "input", "outputs"),
        _operation(ast.Pow, lambda given: expressions.is_call_on(given.function, given.inputs[0])),
    ),
    "power": Pattern(
        ("number", "input", "outputs"),
        _operation(ast.Pow, lambda given: expressions.is_power(given.number, given.inputs[0])),
    ),
    "minus": Pattern(
        ("number", "input", "outputs"),
        _operation(ast.Sub, lambda given: expressions.is_input_and(given.number, given.inputs[0])),
    ),
    "plus": Pattern(
        ("number", "input", "outputs"),
        _operation(ast.Add, lambda given: expressions.is_input_and(given.number, given.inputs[0])),
    ),
    # p[y, n] = -1 and p[y, n] += 1: the input is in the index.
    "set at": Pattern(
        ("number", "input", "outputs"),
        lambda given: finders.reaching(
            finders.written_at(given.inputs[0], expressions.is_value(given.number)), given.outputs
        ),
    ),
    "added at": Pattern(
        ("number", "input", "outputs"),
        lambda given: finders.reaching(
            finders.written_at(given.inputs[0], expressions.adds(given.number)), given.outputs
        ),
    ),
    # Computed, and then left behind: a product of the inputs; reg * W; reg * np.sum(W * W); dW / N.
    "unused product": Pattern(
        ("inputs",), lambda given: finders.unused(expressions.is_product_of(*given.inputs))
    ),
    "unused term": Pattern(
        ("inputs",),
        lambda given: finders.unused(expressions.is_term_of(*given.inputs, is_summed=False)),
    ),
    "unused sum": Pattern(
        ("inputs",),
        lambda given: finders.unused(expressions.is_term_of(*given.inputs, is_summed=True)),
    ),
    "unused quotient": Pattern(
        ("output",), lambda given: finders.unused(expressions.is_quotient_of(given.outputs[0]))
    ),
}


class Line(NamedTuple):
    """A pattern with its arguments."""

    find: Finder
    function: str  # of numpy, that it looks for; empty if it looks for none
    outputs: tuple[str, ...]


@lru_cache(maxsize=256)
def read_line(value: str, inputs: tuple[str, ...], outputs: tuple[str, ...]) -> Line:
    """Read a pattern with its arguments. Raises ValueError with the problem and its cure."""
    name, _, rest = value.partition(":")
    pattern = PATTERNS.get(name.strip())
    if pattern is None:
        raise ValueError(
            f"{name.strip()!r} is no pattern.{_near(name.strip(), PATTERNS)} "
            f"Write one of {', '.join(PATTERNS)}."
        )
    words = [word.strip() for word in rest.split(",")] if rest.strip() else []
    given = _arguments(name.strip(), pattern.takes, words, (inputs, outputs))
    return Line(pattern.finder(given), given.function, given.outputs)


def problem_with(value: str, inputs: Collection[str], outputs: Collection[str]) -> str | None:
    """Say what is wrong with a pattern in [lines], and the cure; None if it is in order.

    inputs, outputs: the names that the assignment has.
    """
    try:
        line = read_line(value, tuple(inputs), tuple(outputs))
    except ValueError as error:
        return str(error)
    known = {*dir(np), *dir(np.linalg), *dir(math)}
    if line.function and line.function not in known:
        return (
            f"{line.function!r} is no function of numpy.{_near(line.function, known)} "
            "Write the name of one, without np."
        )
    return None


def _arguments(
    name: str,
    takes: Sequence[str],
    words: Sequence[str],
    known: tuple[Sequence[str], Sequence[str]],
) -> Arguments:
    """Sort the words into the arguments. known: all inputs and all outputs."""
    known_inputs, known_outputs = known
    problem = f"{name!r} takes {_form(takes)}. Write {name}{': ' if takes else ''}{_form(takes)}."
    rest = list(words)
    given = Arguments()
    for kind in takes:
        if kind == "function":
            word = rest.pop(0) if rest else ""
            if not word.isidentifier():
                raise ValueError(problem)
            given = given._replace(function=word)
        elif kind == "number":
            try:
                given = given._replace(number=float(rest.pop(0)))
            except (IndexError, ValueError):
                raise ValueError(problem) from None
        elif kind in ("input", "inputs"):
            end = 1 if kind == "input" else _end_of_inputs(rest, takes, known_outputs)
            given = given._replace(inputs=tuple(rest[:end]))
            del rest[:end]
            _require_known(given.inputs, known_inputs, "input", problem)
        else:
            end = 1 if kind == "output" else len(rest)
            given = given._replace(outputs=tuple(rest[:end]))
            del rest[:end]
            _require_known(given.outputs, known_outputs, "output", problem)
    if rest:
        raise ValueError(problem)
    return given


def _end_of_inputs(words: Sequence[str], takes: Sequence[str], outputs: Sequence[str]) -> int:
    """How many of the words are inputs: all, or those before the outputs."""
    if takes[-1] == "inputs":
        return len(words)
    end = len(words)
    while end > 1 and words[end - 1] in outputs:
        end -= 1
    return end


def _require_known(words: Sequence[str], known: Sequence[str], kind: str, problem: str) -> None:
    if not words:
        raise ValueError(problem)
    for word in words:
        if word not in known:
            raise ValueError(
                f"{word!r} is no {kind}.{_near(word, known)} Write one of {', '.join(known)}."
            )


def _form(takes: Sequence[str]) -> str:
    forms = {
        "function": "a function",
        "number": "a number",
        "input": "an input",
        "inputs": "inputs",
        "output": "an output",
        "outputs": "outputs",
    }
    return ", ".join(forms[kind] for kind in takes) if takes else "nothing behind it"


def _near(word: str, known: Collection[str]) -> str:
    same_letters = [each for each in known if each.lower() == word.lower()]
    import difflib  # here, because only errors need it

    near = same_letters or difflib.get_close_matches(word, known, 1, _NEARNESS)
    return f" Do you mean {near[0]!r}?" if near else ""
