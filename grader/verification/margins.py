"""How far the errors of correct and of wrong work stay from each tolerance."""

from collections.abc import Mapping, Sequence

from grader.verification.answers import SAME
from grader.verification.judged import Measure
from grader.verification.panel import Errors
from grader.verification.result import Margin

_PRECISIONS = ("float64", "float32")  # in the order of a measure's tolerances


def margins(
    measures: Sequence[Measure], correct: Mapping[str, Errors], wrong: Mapping[str, Errors]
) -> tuple[Margin, ...]:
    """Compare the tolerances with the errors of correct and of wrong work.

    correct: precision -> errors of the reference. wrong: misconception -> its errors.
    """
    by_name: dict[str, list[Measure]] = {}
    for measure in measures:
        by_name.setdefault(measure.name, []).append(measure)
    rows = []
    for number, precision in enumerate(_PRECISIONS):
        for name, same_name in by_name.items():
            places = [(measure.question.id, name) for measure in same_name]
            error, mildest = _mildest(places, wrong)
            rows.append(
                Margin(
                    what=name,
                    precision=precision,
                    tolerance=same_name[0].tolerances[number],
                    limit=same_name[0].limits[number],
                    correct=max(correct[precision][place] for place in places),
                    wrong=error,
                    mildest=mildest,
                )
            )
    return tuple(rows)


def _mildest(
    places: Sequence[tuple[str, str]], wrong: Mapping[str, Errors]
) -> tuple[float, str] | tuple[None, None]:
    """The smallest error above SAME, and the misconception that makes it; None if there is none."""
    errors = [
        (errors[place], name)
        for name, errors in wrong.items()
        for place in places
        if errors.get(place, 0.0) > SAME
    ]
    return min(errors, default=(None, None))
