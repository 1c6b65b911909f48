"""An assignment verifies itself: is the reference right, and does every misconception cost points?

The same questions are asked as of a submission, by the same checks, of plain functions in this
process. A misconception is put in the place of each function in turn. The others are the
reference, with which it has to agree.
"""

from collections.abc import Mapping, Sequence

from grader.assignment.modules import load_misconceptions, load_stages
from grader.assignment.settings import Assignment, AssignmentError
from grader.checks import settings_for
from grader.checks.plain_function import PlainFunction
from grader.diagnosis.stages import Stages
from grader.model import AnswerKey, Case, Question
from grader.verdict import Finding
from grader.verification.answers import answers_of, are_same, expected_answers
from grader.verification.functions import (
    function_of_stages,
    in_single_precision,
    reference_function,
)
from grader.verification.margins import margins
from grader.verification.mutants import correct_in_this_convention, crashing
from grader.verification.panel import Panel, short_name
from grader.verification.result import (
    REFERENCE,
    MisconceptionResult,
    QuestionCoverage,
    Verification,
)
from grader.verification.self_diagnosis import self_diagnosis
from grader.verification.translations import translations

_NEEDS_PROCESS = ("faster",)  # counts operations and CPU time, which mean nothing in this process


def verify(assignment: Assignment, key: AnswerKey, seed: int) -> Verification:
    """Ask the questions about the reference and about each misconception.

    key: the assignment's, for this seed. Raises AssignmentError if the files do not fit together.
    """
    stages = load_stages(assignment)
    misconceptions = load_misconceptions(assignment, stages)
    asked = [question for question in key.questions if question.check not in _NEEDS_PROCESS]
    questions = tuple(question for question in asked if question.points)
    cases = _cases_of(key, questions)
    if stages:
        _require_same_reference(assignment, key, stages, cases)

    correct = correct_in_this_convention(assignment, stages, misconceptions, cases)
    mutants = {
        name: function_of_stages(assignment, {**stages, **replaced})
        for name, replaced in misconceptions.items()
        if name not in correct
    }
    reference = {
        short: reference_function(assignment, name) for short, name in key.functions.items()
    }
    panel = Panel(key, questions, reference)
    in_double = panel.ask_about(reference)
    in_single = panel.ask_about(
        {short: in_single_precision(function) for short, function in reference.items()}
    )
    results = {
        name: panel.ask_about(dict.fromkeys(reference, mutant)) for name, mutant in mutants.items()
    }
    rows = tuple(_row(name, result.findings, key) for name, result in results.items())

    plain_mutants = {name: PlainFunction(mutant) for name, mutant in mutants.items()}
    diagnosed = self_diagnosis(key, plain_mutants)
    # Misconceptions that cost no points anywhere: no question tells them from the reference.
    harmless = {row.name for row in rows if len(row.full_marks) == len(reference)}
    correct_when_small = tuple(name for name in diagnosed.correct if name not in harmless)
    no_mistakes = tuple((REFERENCE, name) for name in diagnosed.correct if name in harmless)
    nameable = [name for name in misconceptions if name not in correct_when_small]
    return Verification(
        assignment=assignment.name,
        conventions=key.conventions,
        seed=seed,
        functions=tuple(key.functions),
        questions=tuple(_coverage(question, rows) for question in questions),
        needs_process=tuple(
            question.id for question in key.questions if question.check in _NEEDS_PROCESS
        ),
        advice=tuple(question.id for question in asked if not question.points),
        reference=_row(REFERENCE, in_double.findings, key),
        rows=rows,
        correct_in_this_convention=correct,
        crashing=crashing(plain_mutants, cases),
        correct_when_small=correct_when_small,
        unrecognized=diagnosed.unrecognized,
        indistinguishable=no_mistakes + diagnosed.indistinguishable,
        margins=margins(
            key.tolerances,
            questions,
            correct={"float64": in_double.errors, "float32": in_single.errors},
            wrong={name: result.errors for name, result in results.items()},
        ),
        translations=translations(assignment, nameable, misconceptions),
    )


def _cases_of(key: AnswerKey, questions: Sequence[Question]) -> list[Case]:
    """The cases that the questions use, each once."""
    names = [name for question in questions for name in settings_for(question).cases_asked()]
    return [key.cases[name] for name in dict.fromkeys(names)]


def _require_same_reference(
    assignment: Assignment, key: AnswerKey, stages: Stages, cases: Sequence[Case]
) -> None:
    """Raise AssignmentError unless the stages give what the reference gives.

    Otherwise a misconception, which replaces stages, would be no mutant of the reference.
    """
    function = function_of_stages(assignment, stages)
    for case in cases:
        if not are_same(answers_of(function, [case]), expected_answers(key, [case])):
            path, file = assignment.path("stages.py"), assignment.path(assignment.file_name)
            raise AssignmentError(
                f"{path}: the stages do not give the loss and dW of {file} on case {case.name!r}. "
                "Correct one of them."
            )


def _row(name: str, findings: Mapping[str, Finding], key: AnswerKey) -> MisconceptionResult:
    outcomes = {question: finding.outcome for question, finding in findings.items()}
    points_lost = dict.fromkeys(key.functions, 0.0)
    for question, finding in findings.items():
        if finding.points is not None:
            points_lost[question.partition(".")[0]] += finding.possible - finding.points
    return MisconceptionResult(name, outcomes, points_lost)


def _coverage(question: Question, rows: Sequence[MisconceptionResult]) -> QuestionCoverage:
    killed = [row for row in rows if row.outcomes[question.id] == "failed"]
    only_here = [
        row.name for row in killed if _failures(row, short_name(question)) == [question.id]
    ]
    return QuestionCoverage(question.id, question.points, len(killed), tuple(only_here))


def _failures(row: MisconceptionResult, short: str) -> list[str]:
    """The questions about this function that the misconception fails."""
    outcomes = row.outcomes.items()
    failed = [question for question, outcome in outcomes if outcome == "failed"]
    return [question for question in failed if question.startswith(short + ".")]
