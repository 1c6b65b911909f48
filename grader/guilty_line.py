"""The line of a submission that a mistake stands in, where its text shows that beyond doubt. Nothing runs: the text alone is read."""

import ast
from collections.abc import Mapping, Sequence

from grader import suspects as find
from grader.program_text import function_text
from grader.suspects import Suspects, is_number, is_parameter

# Ids of mistakes, and codes of messages, whose line may show itself. One place is an answer; none, or several, are not.
SUSPECTS: Mapping[str, Suspects] = {
    "loops_over_samples": find.loops,
    "loops_over_classes": find.loops,
    "stable_each_sample": find.global_maximum,
    "returns_in_loop": find.return_in_loop,
    "all_in_loop": find.return_in_loop,
    "loss_last_only": find.overwritten(0),
    "grad_last_only": find.overwritten(1),
    "loss_divided_in_loop": find.divided_in_loop(0),
    "grad_divided_in_loop": find.divided_in_loop(1),
    # The logarithm and the exponential.
    "log10": find.calling("log10"),
    "log10_sum": find.calling("log10"),
    "log2": find.calling("log2"),
    "log2_sum": find.calling("log2"),
    "log1p": find.calling("log1p"),
    **dict.fromkeys(("epsilon_1e3", "epsilon_1e4", "epsilon_1e5", "epsilon_1e6"), find.calling_with({"log"}, find.is_tiny_sum)),
    "p_softmin": find.calling_with({"exp"}, find.is_negated),
    "p_base2": find.calling("exp2"),
    "p_base10": find.operation(ast.Pow, lambda _text, left, _right: is_number(left, 10)),
    # The labels, and the 1 that is subtracted at them.
    "label_minus_1": find.operation(ast.Sub, lambda text, left, right: is_parameter(text, 2, left) and is_number(right, 1)),
    "label_plus_1": find.operation(ast.Add, lambda text, left, right: is_parameter(text, 2, left) and is_number(right, 1)),
    "indicator_assigned": find.at_labels(find.is_minus_1),
    "indicator_plus": find.at_labels(find.adds_1),
    # Regularization.
    "rl_no_square": find.where(find.is_sum_of_W),
    "rl_square_of_sum": find.operation(ast.Pow, lambda text, left, _: find.is_sum_of_W(text, left)),
    "rl_norm": find.calling("norm"),
    "rg_sign": find.calling_with({"sign"}, lambda text, given: is_parameter(text, 0, given)),
    "loss_precedence": find.divides_by_penalty(of_loss=True),
    "grad_precedence": find.divides_by_penalty(of_loss=False),
    # Computed, and then left behind.
    **dict.fromkeys(("gradient_zero", "grad_zero"), find.unused(find.is_product)),
    **dict.fromkeys(("reg_gradient_missing", "rg_missing"), find.unused(find.is_penalty(of_loss=False))),
    **dict.fromkeys(("reg_loss_missing", "rl_missing"), find.unused(find.is_penalty(of_loss=True))),
    "loss_no_N": find.unused(find.is_division_of(0)),
    "grad_no_N": find.unused(find.is_division_of(1)),
}


def guilty_line(source: str | bytes, function: str, causes: Sequence[str]) -> int | None:
    """Line number, from 1. causes: ids of mistakes or codes of messages; of several, all must stand in the same line.

    stable_each_sample, the name of a question, asks for one maximum that is subtracted from all samples. None where there is any doubt.
    Raises nothing. To be asked only of a source that a child has compiled: then nothing in it can end Python here.
    """
    finders = [SUSPECTS[cause] for cause in causes if cause in SUSPECTS]
    if not finders or len(finders) < len(causes):
        return None
    text = function_text(source, function)
    if text is None:
        return None
    lines = {place.line for finder in finders for place in finder(text)}
    return lines.pop() if len(lines) == 1 and all(any(finder(text)) for finder in finders) else None
