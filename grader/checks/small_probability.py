"""Is the loss right where the probability of the right class is too small for a float, or for a number that was added to it?"""

import math

from grader.checks.compare import (
    CasesSettings,
    is_answer_to_another,
    loss_error,
    loss_evidence,
    loss_passes,
)
from grader.checks.function_under_test import FunctionUnderTest
from grader.model import AnswerKey, Message, SubmissionError
from grader.verdict import CheckResult


def small_probability(
    bench: FunctionUnderTest, key: AnswerKey, settings: CasesSettings
) -> CheckResult:
    """The loss alone: dW has no logarithm in it. A loss that stays below the true one is kept from growing by an epsilon or a clip.

    What is kept between calls is for the questions about ordinary inputs to tell.
    """
    for name in settings.cases:
        case, expected = key.cases[name], key.expected[name].loss
        output = bench.output(case)
        got = output.loss
        if not loss_passes(key.tolerances, loss_error(got, expected), got):
            if is_answer_to_another(bench, case, output):
                raise SubmissionError(
                    Message("answer_of_another_call", {"case": name}), asked=False
                )
            if not math.isfinite(got):
                message = Message("probability_vanishes", {"case": name})
            elif got < expected:
                message = Message("probability_kept_large", {"case": name})
            else:
                message = Message("small_probability_differs", {"case": name})
            return CheckResult(False, message, (loss_evidence(case, got, expected),))
    return CheckResult(True)
