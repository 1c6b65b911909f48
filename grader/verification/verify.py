"""An assignment verifies itself: is the reference right, and does every misconception cost points?

The same questions are asked as of a submission, by the same checks, of plain functions in this
process. A misconception is put in turn in the place of each function whose outputs it changes. The
others are the reference, with which it has to agree.
"""

from collections.abc import Mapping, Sequence

from grader.assignment.layers import SETTINGS
from grader.assignment.modules import load_misconceptions, load_stages
from grader.assignment.settings import Assignment, AssignmentError
from grader.diagnosis.stages import Stages, StagesError, require_results
from grader.model import AnswerKey, Case, Question
from grader.verdict import Finding
from grader.verification.answers import is_same
from grader.verification.draws import fails_with_seed
from grader.verification.functions import (
    Solution,
    all_stage_values,
    in_single_precision,
    reference_solution,
    solution_of_stages,
)
from grader.verification.judged import (
    advice_in,
    asked_here,
    cases_of,
    cases_with_inputs,
    measures_of,
    needing_process,
    outputs_judged,
    short_name,
)
from grader.verification.margins import margins
from grader.verification.mutants import correct_in_this_convention, crashing, mutants_of
from grader.verification.panel import Panel
from grader.verification.result import (
    REFERENCE,
    MisconceptionResult,
    QuestionCoverage,
    Verification,
)
from grader.verification.self_diagnosis import self_diagnosis
from grader.verification.translations import translations


def verify(assignment: Assignment, key: AnswerKey, seed: int) -> Verification:
    """Ask the questions about the reference and about each misconception.

    key: the assignment's, for this seed. Raises AssignmentError if the files do not fit together.
    """
    stages = load_stages(assignment)
    misconceptions = load_misconceptions(assignment, stages)
    questions = asked_here(key)
    cases = cases_of(key, questions)
    right = reference_solution(assignment)
    if stages:
        _require_same_reference(assignment, key, stages, cases, right)

    correct = correct_in_this_convention(assignment, key, stages, misconceptions, cases)
    wrong = {name: each for name, each in misconceptions.items() if name not in correct}
    mutants = mutants_of(assignment, key, questions, stages, wrong, right)
    panel = Panel(key, questions, right)
    functions = tuple(key.functions)
    in_double = panel.ask_about(right, functions)
    _require_judged(assignment, in_double.findings)
    in_single = panel.ask_about(in_single_precision(right), functions)
    results = {
        name: panel.ask_about(mutant.solution, mutant.functions) for name, mutant in mutants.items()
    }
    rows = tuple(
        _row(name, result.findings, mutants[name].functions) for name, result in results.items()
    )

    diagnosed = self_diagnosis(key, mutants)
    # Misconceptions that cost no points anywhere: no question tells them from the reference.
    harmless = {row.name for row in rows if len(row.full_marks) == len(row.points_lost)}
    correct_when_small = tuple(name for name in diagnosed.correct if name not in harmless)
    no_mistakes = tuple((REFERENCE, name) for name in diagnosed.correct if name in harmless)
    nameable = [name for name in misconceptions if name not in correct_when_small]
    return Verification(
        assignment=assignment.name,
        conventions=key.conventions,
        seed=seed,
        functions=functions,
        questions=tuple(_coverage(question, rows) for question in questions),
        needs_process=needing_process(key),
        advice=advice_in(key),
        unasked_outputs=_unasked_outputs(key, questions),
        reference=_row(REFERENCE, in_double.findings, functions),
        in_single_precision=_row(REFERENCE, in_single.findings, functions),
        rows=rows,
        correct_in_this_convention=correct,
        crashing=crashing(assignment, key, mutants, cases),
        correct_when_small=correct_when_small,
        unrecognized=diagnosed.unrecognized,
        indistinguishable=no_mistakes + diagnosed.indistinguishable,
        margins=margins(
            [measure for question in questions for measure in measures_of(key, question)],
            correct={"float64": in_double.errors, "float32": in_single.errors},
            wrong={name: result.errors for name, result in results.items()},
        ),
        translations=translations(assignment, nameable, misconceptions),
        fails_with_seed=fails_with_seed(assignment, seed, right),
    )


def _require_judged(assignment: Assignment, findings: Mapping[str, Finding]) -> None:
    """Raise AssignmentError if a check stops on the reference, as one of checks.py may."""
    for question, finding in findings.items():
        message = finding.message
        if message is not None and message.code == "grader_trouble":
            raise AssignmentError(
                f'{assignment.folders[0] / SETTINGS}: questions."{question}": its check fails on '
                f"the reference: {message.values['what']}. Correct the check."
            )


def _require_same_reference(
    assignment: Assignment,
    key: AnswerKey,
    stages: Stages,
    cases: Sequence[Case],
    right: Solution,
) -> None:
    """Raise AssignmentError unless the stages give what the reference gives.

    Otherwise a misconception, which replaces stages, would be no mutant of the reference.
    """
    path, file = assignment.path("stages.py"), assignment.path(assignment.file_name)
    solution = solution_of_stages(assignment, stages, right)
    for definition in key.functions.values():
        wanted = [output for output in definition.outputs if output in stages]
        for case in cases_with_inputs(cases, definition):
            try:
                require_results(stages, all_stage_values(assignment, case.inputs), wanted)
            except StagesError as error:
                raise AssignmentError(f"{path.parent}: {error}") from None
            results = solution(definition, case.inputs)
            expected = key.expected[case.name]
            different = [name for name in wanted if not is_same(results[name], expected[name])]
            if different:
                raise AssignmentError(
                    f"{path}: the stages do not give the {' and '.join(different)} of {file} on "
                    f"case {case.name!r}. Correct one of them."
                )


def _unasked_outputs(key: AnswerKey, questions: Sequence[Question]) -> tuple[str, ...]:
    """The outputs that no question with points can fail over."""
    judged = {output for question in questions for output in outputs_judged(key, question)}
    outputs = dict.fromkeys(name for each in key.functions.values() for name in each.outputs)
    return tuple(name for name in outputs if name not in judged)


def _row(
    name: str, findings: Mapping[str, Finding], functions: Sequence[str]
) -> MisconceptionResult:
    """functions: short names of those in whose place it stood."""
    outcomes = {question: finding.outcome for question, finding in findings.items()}
    points_lost = dict.fromkeys(functions, 0.0)
    for question, finding in findings.items():
        if finding.points is not None:
            points_lost[question.partition(".")[0]] += finding.possible - finding.points
    return MisconceptionResult(name, outcomes, points_lost)


def _coverage(question: Question, rows: Sequence[MisconceptionResult]) -> QuestionCoverage:
    killed = [row for row in rows if row.outcomes.get(question.id) == "failed"]
    only_here = [
        row.name for row in killed if _failures(row, short_name(question)) == [question.id]
    ]
    return QuestionCoverage(question.id, question.points, len(killed), tuple(only_here))


def _failures(row: MisconceptionResult, short: str) -> list[str]:
    """The questions about this function that the misconception fails."""
    outcomes = row.outcomes.items()
    failed = [question for question, outcome in outcomes if outcome == "failed"]
    return [question for question in failed if question.startswith(short + ".")]
