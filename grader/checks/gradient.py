"""Is dW right, without regularization?"""

import numpy as np

from grader.checks.compare import (
    CasesSettings,
    gradient_error,
    gradient_evidence,
    gradient_passes,
    is_answer_to_another,
    unless_half,
)
from grader.checks.function_under_test import FunctionUnderTest
from grader.model import AnswerKey, Message
from grader.verdict import CheckResult


def gradient(bench: FunctionUnderTest, key: AnswerKey, settings: CasesSettings) -> CheckResult:
    """Every entry of dW is compared: ten random coordinates, as in the course's own check, miss a zeroed row in 30 % of tries."""
    for name in settings.cases:
        case, expected = key.cases[name], key.expected[name].gradient
        output = bench.output(case)
        error = gradient_error(output.gradient, expected)
        if not gradient_passes(key.tolerances, error, output.gradient):
            evidence = gradient_evidence(case, output.gradient, expected, key.tolerances)
            if is_answer_to_another(bench, case, output):
                message = Message("answer_of_another_call", {"case": name})
            elif not np.isfinite(output.gradient).all():
                message = Message("gradient_not_finite", {"case": name})
            elif not output.gradient.any():
                message = Message("gradient_zero", {"case": name})
            else:
                differs = Message(
                    "gradient_differs",
                    {"case": name, "wrong": evidence.wrong_entries, "entries": expected.size},
                )
                message = unless_half(differs, error, output.gradient)
            return CheckResult(False, message, (evidence,))
    return CheckResult(True)
