"""The line of a submission that a mistake stands in, where its text shows that beyond doubt. Nothing runs: the text alone is read."""

import ast
from collections.abc import Mapping, Sequence

from grader import suspects as find
from grader.program_text import function_text
from grader.suspects import Suspects, is_number, is_parameter

# What a guilty line can look like. One place in a function is an answer; none, or several, are not.
LOOKS: Mapping[str, Suspects] = {
    "loop": find.loops,
    "maximum without axis": find.global_maximum,
    "return in loop": find.return_in_loop,
    "loss = in loop": find.overwritten(0),
    "dW = in loop": find.overwritten(1),
    "loss /= in loop": find.divided_in_loop(0),
    "dW /= in loop": find.divided_in_loop(1),
    "loss /= with reg": find.divides_by_penalty(of_loss=True),
    "dW /= with reg": find.divides_by_penalty(of_loss=False),
    # The logarithm and the exponential.
    "log10": find.calling("log10"),
    "log2": find.calling("log2"),
    "log1p": find.calling("log1p"),
    "log of p + small": find.calling_with({"log"}, find.is_tiny_sum),
    "exp of minus": find.calling_with({"exp"}, find.is_negated),
    "exp2": find.calling("exp2"),
    "power of 10": find.operation(ast.Pow, lambda _text, left, _right: is_number(left, 10)),
    # The labels, and the 1 that is subtracted at them.
    "y - 1": find.operation(ast.Sub, lambda text, left, right: is_parameter(text, 2, left) and is_number(right, 1)),
    "y + 1": find.operation(ast.Add, lambda text, left, right: is_parameter(text, 2, left) and is_number(right, 1)),
    "= -1 at y": find.at_labels(find.is_minus_1),
    "+= 1 at y": find.at_labels(find.adds_1),
    # Regularization.
    "sum of W": find.where(find.is_sum_of_W),
    "square of sum of W": find.operation(ast.Pow, lambda text, left, _: find.is_sum_of_W(text, left)),
    "norm": find.calling("norm"),
    "sign of W": find.calling_with({"sign"}, lambda text, given: is_parameter(text, 0, given)),
    # Computed, and then left behind.
    "unused product": find.unused(find.is_product),
    "unused reg term of dW": find.unused(find.is_penalty(of_loss=False)),
    "unused reg term of loss": find.unused(find.is_penalty(of_loss=True)),
    "unused mean of loss": find.unused(find.is_division_of(0)),
    "unused mean of dW": find.unused(find.is_division_of(1)),
}


def guilty_line(source: str | bytes, function: str, causes: Sequence[str], lines: Mapping[str, str]) -> int | None:
    """Line number, from 1; None where there is any doubt. causes: all of them must stand in that line. lines: cause -> what its line
    looks like, a name in LOOKS; of a cause that it does not know nothing is told.

    Raises nothing. To be asked only of a source that a child has compiled: then nothing in it can end Python here.
    """
    finders = [LOOKS[lines[cause]] for cause in causes if cause in lines]
    text = function_text(source, function) if finders and len(finders) == len(causes) else None
    if text is None:
        return None
    found = {place.line for finder in finders for place in finder(text)}
    return found.pop() if len(found) == 1 and all(any(finder(text)) for finder in finders) else None
