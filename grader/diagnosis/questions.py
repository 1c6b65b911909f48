"""Which factors decide a question, and so which questions failed because of a mistake."""

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from grader.checks.derived import outputs_to_compare
from grader.diagnosis.factors import FactorName, factor_names
from grader.model import AnswerKey, Question
from grader.verdict import Finding


class Unknown(NamedTuple):
    """What no mistake explains. A question that depends on it may have failed for that reason."""

    factors: Collection[str] = ()  # unexplained or unobserved
    # Factors whose numbers are explained, but not why the function gives none in some cases.
    missing: Collection[str] = ()

    def may_decide(self, finding: Finding, factors: frozenset[str]) -> bool:
        """factors: those that decide the question. Without evidence, no numbers were judged."""
        is_open = not factors.isdisjoint(self.factors)
        return is_open or (not finding.evidence and not factors.isdisjoint(self.missing))


Deciding: TypeAlias = Mapping[str, frozenset[str]]  # id of a question -> factors that decide it


def deciding_factors(key: AnswerKey) -> dict[str, frozenset[str]]:
    """The factors that decide each question, by its id."""
    return {question.id: factors_of_question(key, question) for question in key.questions}


def factors_of_question(key: AnswerKey, question: Question) -> frozenset[str]:
    """The factors that decide a question, from its check and its settings.

    None decide `faster`. Nor do they decide `stable`: it is asked only if the function is right on
    ordinary inputs, which is where factors come from.
    """
    function = key.function_named(question.function)
    output, knob = question.settings.get("output"), question.settings.get("knob")
    outputs = outputs_to_compare(function, key.derived) if output is None else (output,)
    match question.check:
        case "value" | "agrees":
            names = factor_names(outputs, ())
        case "effect":
            knobs = function.knobs if knob is None else (knob,)
            names = [FactorName(each, turned_up) for each in outputs for turned_up in knobs]
        case "slope":
            wanted = question.settings.get("gradient")
            gradients = [each for each in function.gradients if wanted in (None, each.name)]
            names = [FactorName(output) for each in gradients for output in (each.of, each.name)]
        case _:
            names = []
    return frozenset(map(str, names))


def questions_due_to(
    moved: Collection[str],
    unknown: Unknown,
    findings: Sequence[Finding],
    deciding: Deciding,
) -> tuple[str, ...]:
    """The questions that failed because of these factors, and those not asked for that reason.

    moved: the factors that a cause moves.
    """
    questions: list[str] = []
    for finding in findings:
        if finding.is_advice:
            continue
        factors = deciding.get(finding.question, frozenset())
        is_moved = not factors.isdisjoint(moved)
        if finding.outcome == "failed" and is_moved and not unknown.may_decide(finding, factors):
            questions.append(finding.question)
        if finding.outcome == "not_run" and (is_moved or _missing_need(finding) in questions):
            questions.append(finding.question)
    return tuple(questions)


def _missing_need(finding: Finding) -> str:
    """The question that had to pass before this one could be asked, or empty."""
    return str(finding.message.values.get("question", "")) if finding.message else ""
