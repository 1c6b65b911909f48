"""What the naming of bugs makes of each misconception by itself: it has to recognize what it was taught."""

from collections.abc import Mapping
from typing import NamedTuple

from grader.checks.function_under_test import FunctionUnderTest
from grader.diagnosis.diagnose import diagnosis_of
from grader.model import AnswerKey


class SelfDiagnosis(NamedTuple):
    """alike: those that are told as a tie, as nothing tells them apart; right: those that are no mistake on the cases that mistakes are
    named from; unnamed: those that are not recognized by their own numbers, or give none."""

    alike: tuple[tuple[str, ...], ...] = ()
    right: tuple[str, ...] = ()
    unnamed: tuple[str, ...] = ()


def self_diagnosis(key: AnswerKey, benches: Mapping[str, FunctionUnderTest]) -> SelfDiagnosis:
    """benches: misconception -> that of a function that makes it. Asked as of a submission, by the same comparison. Empty where a key names
    no mistakes."""
    if key.signatures is None:
        return SelfDiagnosis()
    ties: list[set[str]] = []
    right, unnamed = [], []
    for name, bench in benches.items():
        diagnosis = diagnosis_of(key, key.signatures, bench, ())
        told = {cause[0] for cause in diagnosis.causes if len(cause) == 1}
        if name in told:
            others = [tie for tie in ties if tie & told]
            ties = [*(tie for tie in ties if not tie & told), told.union(*others)]
        elif diagnosis.status == "none" and not diagnosis.unobserved:
            right.append(name)
        else:
            unnamed.append(name)
    in_order = [tuple(name for name in benches if name in tie) for tie in ties if len(tie) > 1]
    return SelfDiagnosis(tuple(in_order), tuple(right), tuple(unnamed))
