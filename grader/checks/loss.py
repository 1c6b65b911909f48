"""Is the loss right, without regularization?"""

import math

from grader.checks.compare import (
    CasesSettings,
    is_answer_to_another,
    loss_error,
    loss_evidence,
    loss_passes,
    unless_half,
)
from grader.checks.function_under_test import FunctionUnderTest
from grader.model import AnswerKey, Message
from grader.verdict import CheckResult


def loss(bench: FunctionUnderTest, key: AnswerKey, settings: CasesSettings) -> CheckResult:
    """The first case whose loss is off decides. Tolerance: numerics, 1e-6 accepts log(p + 1e-8) and no real bug."""
    for name in settings.cases:
        case, expected = key.cases[name], key.expected[name].loss
        output = bench.output(case)
        error = loss_error(output.loss, expected)
        if not loss_passes(key.tolerances, error, output.loss):
            if is_answer_to_another(bench, case, output):
                message = Message("answer_of_another_call", {"case": name})
            elif not math.isfinite(output.loss):
                message = Message("loss_not_finite", {"case": name})
            else:
                message = unless_half(Message("loss_differs", {"case": name}), error, output.loss)
            return CheckResult(False, message, (loss_evidence(case, output.loss, expected),))
    return CheckResult(True)
