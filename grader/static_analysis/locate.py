"""Finds the line of a submission that holds a mistake, if its text shows that beyond doubt.

Nothing is run: only the text is read.
"""

import ast
from collections.abc import Mapping, Sequence

from grader.static_analysis import expressions
from grader.static_analysis import patterns as find
from grader.static_analysis.expressions import GRADIENT, LOSS
from grader.static_analysis.patterns import Finder
from grader.static_analysis.syntax_tree import function_text

# What a line with a mistake can look like, by the names that assignment.toml uses in [lines].
PATTERNS: Mapping[str, Finder] = {
    "hidden loop": find.hidden_loops,
    "maximum without axis": find.reaching(find.global_maximum, LOSS),
    "return in loop": find.return_in_loop,
    "loss = in loop": find.overwritten(LOSS),
    "dW = in loop": find.overwritten(GRADIENT),
    "loss /= in loop": find.divided_in_loop(LOSS),
    "dW /= in loop": find.divided_in_loop(GRADIENT),
    "loss /= with reg": find.reaching(find.divides_by_penalty(of_loss=True), LOSS),
    "dW /= with reg": find.reaching(find.divides_by_penalty(of_loss=False), GRADIENT),
    # The logarithm and the exponential.
    "log10": find.reaching(find.calling({"log10"}, expressions.is_of_scores), LOSS),
    "log2": find.reaching(find.calling({"log2"}, expressions.is_of_scores), LOSS),
    "log1p": find.reaching(find.calling({"log1p"}, expressions.is_of_scores), LOSS),
    "log of p + 1e-3": find.reaching(find.calling({"log"}, expressions.is_sum_with(1e-3)), LOSS),
    "log of p + 1e-4": find.reaching(find.calling({"log"}, expressions.is_sum_with(1e-4)), LOSS),
    "log of p + 1e-5": find.reaching(find.calling({"log"}, expressions.is_sum_with(1e-5)), LOSS),
    "log of p + 1e-6": find.reaching(find.calling({"log"}, expressions.is_sum_with(1e-6)), LOSS),
    "exp of minus": find.reaching(find.calling({"exp"}, expressions.is_negated), LOSS, GRADIENT),
    "exp2": find.reaching(find.calling({"exp2"}, expressions.is_of_scores), LOSS, GRADIENT),
    "power of 10": find.reaching(
        find.operation(ast.Pow, expressions.is_power_of(10)), LOSS, GRADIENT
    ),
    # The labels, and the 1 that is subtracted at them.
    "y - 1": find.reaching(find.operation(ast.Sub, expressions.is_label_and_1), LOSS, GRADIENT),
    "y + 1": find.reaching(find.operation(ast.Add, expressions.is_label_and_1), LOSS, GRADIENT),
    "= -1 at y": find.reaching(find.at_labels(expressions.is_minus_1), GRADIENT),
    "+= 1 at y": find.reaching(find.at_labels(expressions.adds_1), GRADIENT),
    # Regularization.
    "sum of W": find.reaching(find.where(expressions.is_sum_of_W), LOSS),
    "square of sum of W": find.reaching(
        find.operation(ast.Pow, lambda text, left, _: expressions.is_sum_of_W(text, left)), LOSS
    ),
    "norm": find.reaching(find.calling({"norm"}, expressions.is_W), LOSS),
    "sign of W": find.reaching(find.calling({"sign"}, expressions.is_W), GRADIENT),
    # Computed, and then left behind.
    "unused product": find.unused(expressions.is_product),
    "unused reg term of dW": find.unused(expressions.is_penalty(of_loss=False)),
    "unused reg term of loss": find.unused(expressions.is_penalty(of_loss=True)),
    "unused mean of loss": find.unused(expressions.is_division_of(LOSS)),
    "unused mean of dW": find.unused(expressions.is_division_of(GRADIENT)),
}


def locate(
    source: bytes, function: str, causes: Sequence[str], lines: Mapping[str, str]
) -> int | None:
    """Return the number of the line that holds all causes, from 1, or None if there is any doubt.

    Every cause must be found, and all places that are found must be on the same line.
    lines: cause -> what its line looks like, a name in PATTERNS. Other causes have no line.

    Raises nothing. Call it only for a source that a child has compiled: parsing any other could
    end this process.
    """
    finders = [PATTERNS[lines[cause]] for cause in causes if cause in lines]
    text = function_text(source, function) if finders and len(finders) == len(causes) else None
    if text is None:
        return None
    places = [[place.line for place in finder(text)] for finder in finders]
    distinct = {line for lines_of_cause in places for line in lines_of_cause}
    return distinct.pop() if len(distinct) == 1 and all(places) else None
