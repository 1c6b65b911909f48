"""Is the loss right if the probability of the right class is tiny?

So tiny that it underflows to zero, or that a number added to it outweighs it.
"""

import math

from grader.checks.compare import loss_error, loss_passes
from grader.checks.evidence import loss_evidence
from grader.checks.function_under_test import FunctionUnderTest
from grader.checks.settings import CasesSettings
from grader.model import AnswerKey, Message, SubmissionError, require
from grader.verdict import CheckResult


def check_small_probability(
    function: FunctionUnderTest, key: AnswerKey, settings: CasesSettings
) -> CheckResult:
    """The loss alone is judged, since dW has no logarithm in it.

    A loss that is too small shows an epsilon or a clip, which keeps it from growing. An answer
    stored in an earlier call is not reported here, but by the questions about ordinary inputs.
    """
    for name in settings.cases:
        case, expected = key.cases[name], key.expected[name].loss
        answer = function.call_once(case)
        loss = require(answer.loss)
        if loss_passes(key.tolerances, loss_error(loss, expected), loss):
            continue
        if function.repeats_another_answer(case, answer):
            message = Message("answer_of_another_call", {"case": name})
            raise SubmissionError(message, was_asked=False)
        if not math.isfinite(loss):
            message = Message("probability_vanishes", {"case": name})
        elif loss < expected:
            message = Message("probability_kept_large", {"case": name})
        else:
            message = Message("small_probability_differs", {"case": name})
        return CheckResult(False, message, (loss_evidence(case, loss, expected),))
    return CheckResult(True)
