"""Is the loss right, without regularization?"""

import math

from grader.checks.compare import loss_error, loss_passes, unless_half
from grader.checks.evidence import loss_evidence
from grader.checks.function_under_test import FunctionUnderTest
from grader.checks.settings import CasesSettings
from grader.model import AnswerKey, Message, require
from grader.verdict import CheckResult


def check_loss(function: FunctionUnderTest, key: AnswerKey, settings: CasesSettings) -> CheckResult:
    """The first case whose loss is off decides.

    A tolerance of 1e-6 accepts log(p + 1e-8) and no real bug.
    """
    for name in settings.cases:
        case, expected = key.cases[name], key.expected[name].loss
        answer = function.call_once(case)
        loss = require(answer.loss)
        error = loss_error(loss, expected)
        if loss_passes(key.tolerances, error, loss):
            continue
        if function.repeats_another_answer(case, answer):
            message = Message("answer_of_another_call", {"case": name})
        elif not math.isfinite(loss):
            message = Message("loss_not_finite", {"case": name})
        else:
            message = unless_half(Message("loss_differs", {"case": name}), error, loss)
        return CheckResult(False, message, (loss_evidence(case, loss, expected),))
    return CheckResult(True)
