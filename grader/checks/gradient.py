"""Is dW right, without regularization?"""

import numpy as np

from grader.checks.compare import gradient_error, gradient_passes, unless_half
from grader.checks.evidence import gradient_evidence
from grader.checks.function_under_test import FunctionUnderTest
from grader.checks.settings import CasesSettings
from grader.model import AnswerKey, Message, require
from grader.verdict import CheckResult


def check_gradient(
    function: FunctionUnderTest, key: AnswerKey, settings: CasesSettings
) -> CheckResult:
    """The first case whose dW is off decides.

    Every entry is compared: ten random coordinates, as in the course's own check, miss a zeroed row
    in 30 % of tries.
    """
    for name in settings.cases:
        case, expected = key.cases[name], key.expected[name].gradient
        answer = function.call_once(case)
        gradient = require(answer.gradient)
        error = gradient_error(gradient, expected)
        if gradient_passes(key.tolerances, error, gradient):
            continue
        evidence = gradient_evidence(case, gradient, expected, key.tolerances)
        if function.repeats_another_answer(case, answer):
            message = Message("answer_of_another_call", {"case": name})
        elif not np.isfinite(gradient).all():
            message = Message("gradient_not_finite", {"case": name})
        elif not gradient.any():
            message = Message("gradient_zero", {"case": name})
        else:
            wrong, entries = evidence.wrong_entries, evidence.entries
            differs = Message(
                "gradient_differs", {"case": name, "wrong": wrong, "entries": entries}
            )
            message = unless_half(differs, error, gradient)
        return CheckResult(False, message, (evidence,))
    return CheckResult(True)
