"""Is an output right?"""

import numpy as np

from grader.checks.compare import is_within, relative_error, unless_half
from grader.checks.evidence import value_evidence
from grader.checks.function_under_test import FunctionUnderTest
from grader.checks.settings import ValueSettings
from grader.model import AnswerKey, Array, Message
from grader.verdict import CheckResult, ValueEvidence


def check_value(
    function: FunctionUnderTest, key: AnswerKey, settings: ValueSettings
) -> CheckResult:
    """The first case with a wrong output decides.

    Every entry of an array is compared: ten random coordinates, as courses' own checks have them,
    miss a zeroed row in 30 % of tries. A tolerance of 1e-6 accepts log(p + 1e-8) and no real bug.
    """
    for name in settings.cases_asked():
        case = key.cases[name]
        answer = function.call_once(case)
        for output in settings.outputs_of(key, function.definition):
            got, expected = answer.value(output), key.expected[name][output]
            error = relative_error(got, expected)
            if is_within(key.tolerances, output, error, got):
                continue
            evidence = value_evidence(function, case, output, got, expected, key.tolerances)
            if function.repeats_another_answer(case, answer):
                message = Message("answer_of_another_call", {"case": name})
            elif name in settings.larger and np.isfinite(got).all():
                message = Message("wrong_when_larger", {"case": name, "output": output})
            else:
                message = _message(got, error, evidence)
            return CheckResult(False, message, (evidence,))
    return CheckResult(True)


def _message(got: Array, error: float, evidence: ValueEvidence) -> Message:
    values: dict[str, float | int | str] = {"case": evidence.case, "output": evidence.output}
    is_finite = bool(np.isfinite(got).all())
    if got.ndim == 0:
        if not is_finite:
            return Message("number_not_finite", values)
        return unless_half(Message("number_differs", values), error, got)
    if not is_finite:
        return Message("array_not_finite", values)
    if not got.any():
        return Message("array_zero", values)
    counts = {"wrong": evidence.wrong_entries, "entries": evidence.entries}
    return unless_half(Message("array_differs", values | counts), error, got)
