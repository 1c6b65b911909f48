"""A check of the softmax loss alone: is the loss right if the right class is very unlikely?

So unlikely that its probability underflows to zero, or that a number added to it outweighs it.
"""

import math

from grader.checks import Check
from grader.checks.compare import is_within, relative_error
from grader.checks.evidence import value_evidence
from grader.checks.function_under_test import FunctionUnderTest
from grader.checks.settings import CasesSettings
from grader.model import AnswerKey, Message, SubmissionError
from grader.verdict import CheckResult


def check_small_probability(
    function: FunctionUnderTest, key: AnswerKey, settings: CasesSettings
) -> CheckResult:
    """The loss alone is judged, since dW has no logarithm in it.

    A loss that is too small shows an epsilon or a clip, which keeps it from growing. An answer
    stored in an earlier call is not reported here, but by the questions about ordinary inputs.
    """
    for name in settings.cases:
        case, expected = key.cases[name], key.expected[name]["loss"]
        answer = function.call_once(case)
        loss = answer.value("loss")
        if is_within(key.tolerances, "loss", relative_error(loss, expected), loss):
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
        evidence = value_evidence(function, case, "loss", loss, expected, key.tolerances)
        return CheckResult(False, message, (evidence,))
    return CheckResult(True)


CHECKS = {"small_probability": Check(check_small_probability, CasesSettings)}
