"""How far the errors of correct and of wrong work stay from each tolerance."""

from collections.abc import Mapping, Sequence

from grader.model import Question, Tolerances
from grader.verification.answers import SAME
from grader.verification.panel import TOLERANCES, Errors
from grader.verification.result import Margin

_PRECISIONS = ("float64", "float32")  # in the order of TOLERANCES


def margins(
    tolerances: Tolerances,
    questions: Sequence[Question],
    correct: Mapping[str, Errors],
    wrong: Mapping[str, Errors],
) -> tuple[Margin, ...]:
    """Compare the tolerances with the errors of correct and of wrong work.

    correct: precision -> errors of the reference. wrong: misconception -> its errors.
    """
    rows = []
    for number, precision in enumerate(_PRECISIONS):
        for check, names in TOLERANCES.items():
            ids = [question.id for question in questions if question.check == check]
            if not ids:
                continue
            error, name = _mildest(ids, wrong)
            rows.append(
                Margin(
                    check=check,
                    precision=precision,
                    tolerance=names[number],
                    limit=float(getattr(tolerances, names[number])),
                    correct=max(correct[precision][id] for id in ids),
                    wrong=error,
                    mildest=name,
                )
            )
    return tuple(rows)


def _mildest(
    questions: Sequence[str], wrong: Mapping[str, Errors]
) -> tuple[float, str] | tuple[None, None]:
    """The smallest error above SAME, and the misconception that makes it; None if there is none."""
    errors = [
        (errors[question], name)
        for name, errors in wrong.items()
        for question in questions
        if errors[question] > SAME
    ]
    return min(errors, default=(None, None))
