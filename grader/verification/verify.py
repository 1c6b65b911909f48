"""An assignment verifies itself: is the reference right, and does every misconception cost points?

The same questions are asked as of a submission, by the same checks, of plain functions in this process: the reference is the course's own
code. A misconception is put in the place of each function in turn, and the others are the reference, with which it has to agree.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from msgspec.structs import replace

from grader.assignment.modules import Misconceptions, load_misconceptions, load_stages
from grader.assignment.reference import in_layout, reference_functions
from grader.assignment.settings import REGULARIZATIONS, Assignment, AssignmentError
from grader.checks import CHECKS, settings_for
from grader.checks.function_under_test import FunctionUnderTest, probe_cases
from grader.checks.plain_function import PlainFunction
from grader.diagnosis.stages import RESULTS, Stages, run
from grader.grading import ask
from grader.model import (
    AnswerKey,
    Array,
    Case,
    Question,
    SubmissionError,
    Tolerances,
    require,
)
from grader.verdict import Finding, GradientEvidence, LossEvidence, SlopeEvidence
from grader.verification.result import (
    REFERENCE,
    Margin,
    MisconceptionResult,
    QuestionCoverage,
    Verification,
)
from grader.verification.self_diagnosis import self_diagnosis
from grader.verification.translations import translations

APART = 1e-7  # relative: what differs by less is the same. Ten times below the tolerances, and far above what rounding does
EXACT = Tolerances(0, 0, 0, 0, 0)  # with which a check tells every error
MEASURED = {  # check -> the tolerances that decide it: of work in float64, and in float32
    "loss": ("loss", "single_precision"),
    "gradient": ("gradient", "single_precision"),
    "reg_loss": ("loss", "single_precision"),
    "reg_gradient": ("gradient", "single_precision"),
    "slope": ("slope", "slope_single_precision"),
}
NEEDS_A_PROCESS = ("faster",)  # it counts operations and CPU time, which mean nothing here
Function: TypeAlias = Callable[
    [Array, Array, Array, float], tuple[Any, Any]
]  # in the student's layout
Answers: TypeAlias = list[
    Array | float | None
]  # loss and dW, case by case; None where there is none
Errors: TypeAlias = dict[
    str, float
]  # question -> the largest error; infinite where there is no answer at all


@dataclass(frozen=True)
class OutcomeRecord:
    """A row to be: its findings by question, and the errors that the checks saw."""

    findings: dict[str, Finding]
    errors: Errors


def verify(assignment: Assignment, key: AnswerKey, seed: int) -> Verification:
    """key: the assignment's, for this seed. Raises AssignmentError where the files do not fit together."""
    stages = load_stages(assignment)
    misconceptions = load_misconceptions(assignment, stages)
    questions = tuple(
        question
        for question in key.questions
        if question.check not in NEEDS_A_PROCESS and question.points
    )
    cases = [
        key.cases[name]
        for name in dict.fromkeys(
            name for question in questions for name in settings_for(question).cases_asked()
        )
    ]
    if stages:
        require_reference(assignment, key, stages, cases)
    right_here = right_in_this_convention(assignment, stages, misconceptions, cases)
    wrong = {
        name: {**stages, **replaced}
        for name, replaced in misconceptions.items()
        if name not in right_here
    }
    functions = {short: turned_function(assignment, name) for short, name in key.functions.items()}
    panel = Panel(key, questions, functions)
    made = {name: of_stages(assignment, whole) for name, whole in wrong.items()}
    judged = {
        name: panel.judged(dict.fromkeys(functions, function)) for name, function in made.items()
    }
    rows = tuple(row(name, each.findings, key.functions) for name, each in judged.items())
    reference, single = (
        panel.judged(functions),
        panel.judged({short: in_single(function) for short, function in functions.items()}),
    )
    alone = {name: PlainFunction(function) for name, function in made.items()}
    names = self_diagnosis(key, alone)
    harmless = {each.name for each in rows if len(each.full_marks) == len(functions)}
    right_when_small = tuple(name for name in names.right if name not in harmless)
    no_mistakes = tuple((REFERENCE, name) for name in names.right if name in harmless)
    return Verification(
        assignment=assignment.name,
        conventions=key.conventions,
        seed=seed,
        functions=tuple(key.functions),
        asked=tuple(asked(question, rows) for question in questions),
        left_out=tuple(
            question.id for question in key.questions if question.check in NEEDS_A_PROCESS
        ),
        advice=tuple(
            question.id
            for question in key.questions
            if question.check not in NEEDS_A_PROCESS and not question.points
        ),
        reference=row(REFERENCE, reference.findings, key.functions),
        rows=rows,
        right_here=right_here,
        broken=broken(alone, cases),
        right_when_small=right_when_small,
        unnamed=names.unnamed,
        alike=no_mistakes + names.alike,
        margins=margins(
            key,
            questions,
            reference.errors,
            single.errors,
            {name: each.errors for name, each in judged.items()},
        ),
        wordings=translations(
            assignment,
            [name for name in misconceptions if name not in right_when_small],
            misconceptions,
        ),
    )


class Panel:
    """Asks the questions of a function that stands among those of the reference."""

    def __init__(
        self, key: AnswerKey, questions: tuple[Question, ...], reference: Mapping[str, Function]
    ) -> None:
        self.key, self.questions = key, questions
        self.exact = replace(key, tolerances=EXACT)
        self.findings: dict[str, Finding] = {}
        self.benches: dict[str, FunctionUnderTest] = {}
        for short, function in reference.items():
            self.benches[short] = self.bench(short, function, self.findings)
        for question in questions:
            self.findings[question.id] = ask(
                question, key, self.benches[short_of(question)], self.findings
            )

    def bench(
        self, short: str, function: Function, findings: Mapping[str, Finding]
    ) -> FunctionUnderTest:
        bench = PlainFunction(
            function,
            name=self.key.functions[short],
            probe_cases=probe_cases(self.key),
            findings=findings,
        )
        bench.others = {**self.benches, short: bench}
        return bench

    def judged(self, functions: Mapping[str, Function]) -> OutcomeRecord:
        """Each of the functions by its short name, alone in that place."""
        judged = OutcomeRecord({}, {})
        for short, function in functions.items():
            findings = dict(
                self.findings
            )  # what a question needs of another function, the reference has passed or not
            bench = self.bench(short, function, findings)
            for question in self.questions:
                if short_of(question) == short:
                    judged.findings[question.id] = findings[question.id] = ask(
                        question, self.key, bench, findings
                    )
                    judged.errors.update(self.error(question, bench))
        return judged

    def error(self, question: Question, bench: FunctionUnderTest) -> Errors:
        if question.check not in MEASURED:
            return {}
        errors = [
            error_on(case, question, self.exact, bench) for case in question.settings["cases"]
        ]
        return {
            question.id: max((error for error in errors if error is not None), default=math.inf)
        }


def error_on(
    case: str, question: Question, exact: AnswerKey, bench: FunctionUnderTest
) -> float | None:
    """The error that the question's check sees on one case; infinite without an answer, None where it is pointless to ask."""
    settings = settings_for(replace(question, settings={**question.settings, "cases": (case,)}))
    try:
        judgement = CHECKS[question.check].judge(bench, exact, settings)
    except SubmissionError as fault:
        return math.inf if fault.was_asked else None
    told = [
        float(e.error)
        for e in judgement.evidence
        if isinstance(e, LossEvidence | GradientEvidence | SlopeEvidence)
    ]
    return max(told, default=0.0 if judgement.passed else math.inf)


def short_of(question: Question) -> str:
    return question.id.partition(".")[0]


def turned_function(assignment: Assignment, name: str) -> Function:
    """A function of the reference, in the student's layout."""
    solve = reference_functions(assignment)[name]

    def function(W: Array, X: Array, y: Array, reg: float) -> tuple[float, Array]:
        loss, gradient = solve(in_layout(assignment, W), in_layout(assignment, X), y, reg)
        return loss, in_layout(assignment, gradient)

    return function


def of_stages(assignment: Assignment, stages: Stages) -> Function:
    """The loss that the stages make, in the student's layout. It raises what one of them raises, as written-out code would."""

    def function(W: Array, X: Array, y: Array, reg: float) -> tuple[float, Array]:
        given = {"W": in_layout(assignment, W), "X": in_layout(assignment, X), "y": y, "reg": reg}
        results = run(stages, given | {"regularization": assignment.regularization}, strict=True)
        with np.errstate(all="ignore"):
            data_loss, reg_loss, data_gradient, reg_gradient = (results[name] for name in RESULTS)
            return np.asarray(data_loss + reg_loss, float).item(), in_layout(
                assignment, np.asarray(data_gradient + reg_gradient, float)
            )

    return function


def in_single(function: Function) -> Function:
    """The function as float32 computes it."""

    def single(W: Array, X: Array, y: Array, reg: float) -> tuple[Any, Any]:
        loss, gradient = function(W.astype(np.float32), X.astype(np.float32), y, reg)
        return np.float32(loss), gradient.astype(np.float32)

    return single


def require_reference(
    assignment: Assignment, key: AnswerKey, stages: Stages, cases: Sequence[Case]
) -> None:
    """The stages must give what the reference gives, or what they say of mistakes means nothing."""
    function = of_stages(assignment, stages)
    for case in cases:
        if not are_same(answers_of(function, [case]), expected_of(key, [case])):
            path, file = assignment.path("stages.py"), assignment.path(assignment.file)
            raise AssignmentError(
                f"{path}: the stages do not give the loss and dW of {file} on case {case.name!r}. Correct one of them."
            )


def right_in_this_convention(
    assignment: Assignment, stages: Stages, misconceptions: Misconceptions, cases: Sequence[Case]
) -> tuple[str, ...]:
    """Misconceptions of the other regularization: here they give what the stages give, there they do not."""

    def right(name: str, regularization: float) -> bool:
        there = replace(assignment, regularization=regularization)
        one, other = (
            of_stages(there, each) for each in (stages, {**stages, **misconceptions[name]})
        )
        return are_same(answers_of(one, cases), answers_of(other, cases))

    here = [name for name in misconceptions if right(name, assignment.regularization)]
    return tuple(
        name
        for name in here
        if not all(right(name, regularization) for regularization in REGULARIZATIONS)
    )


def answers_of(function: Function, cases: Sequence[Case]) -> Answers:
    bench, answers = PlainFunction(function), Answers()
    for case in cases:
        for half in ("loss", "gradient"):
            try:
                answers.append(require(getattr(bench.call_once(case), half)))
            except SubmissionError:
                answers.append(None)
    return answers


def expected_of(key: AnswerKey, cases: Sequence[Case]) -> Answers:
    return [
        half
        for case in cases
        for half in (key.expected[case.name].loss, key.expected[case.name].gradient)
    ]


def are_same(one: Answers, other: Answers) -> bool:
    return all(map(is_same, one, other))


@np.errstate(all="ignore")
def is_same(one: Array | float | None, other: Array | float | None) -> bool:
    """Within APART, relative; what is not finite, or missing, must be so in the same places."""
    if one is None or other is None:
        return one is other
    first, second = np.asarray(one), np.asarray(other)
    finite = np.isfinite(first)
    if (
        not np.array_equal(first[~finite], second[~finite], equal_nan=True)
        or not np.isfinite(second[finite]).all()
    ):
        return False
    scale = max(np.linalg.norm(first[finite]), np.linalg.norm(second[finite]))
    return bool(np.linalg.norm(first[finite] - second[finite]) <= APART * scale)


def broken(benches: Mapping[str, FunctionUnderTest], cases: Sequence[Case]) -> dict[str, str]:
    """Misconceptions that give nothing on any case, with what is raised on the first: a mistake of their author's, and no student's."""
    faults = {name: [fault_of(bench, case) for case in cases] for name, bench in benches.items()}
    return {name: reason(each[0]) for name, each in faults.items() if each and all(each)}


def fault_of(bench: FunctionUnderTest, case: Case) -> SubmissionError | None:
    try:
        bench.call_once(case)
    except SubmissionError as fault:
        return fault
    return None


def reason(fault: SubmissionError | None) -> str:
    return f"{fault.message.values['exception']}: {fault.message.quote}" if fault else ""


def row(
    name: str, findings: Mapping[str, Finding], functions: Mapping[str, str]
) -> MisconceptionResult:
    outcomes = {question: finding.outcome for question, finding in findings.items()}
    lost = dict.fromkeys(functions, 0.0)
    for question, finding in findings.items():
        if finding.points is not None:
            lost[question.partition(".")[0]] += finding.possible - finding.points
    return MisconceptionResult(name, outcomes, lost)


def asked(question: Question, rows: Sequence[MisconceptionResult]) -> QuestionCoverage:
    caught = [each for each in rows if each.outcomes[question.id] == "failed"]
    alone = tuple(
        each.name for each in caught if failures(each, short_of(question)) == [question.id]
    )
    return QuestionCoverage(question.id, question.points, len(caught), alone)


def failures(row: MisconceptionResult, short: str) -> list[str]:
    return [
        question
        for question, outcome in row.outcomes.items()
        if outcome == "failed" and question.startswith(short + ".")
    ]


def margins(
    key: AnswerKey,
    questions: Sequence[Question],
    right: Errors,
    single: Errors,
    wrong: Mapping[str, Errors],
) -> tuple[Margin, ...]:
    """right, single: the errors of the reference, in float64 and float32; wrong: misconception -> its errors."""
    made = []
    for number, (precision, correct) in enumerate((("float64", right), ("float32", single))):
        for check, tolerances in MEASURED.items():
            ids = [question.id for question in questions if question.check == check]
            mild = [
                (errors[id], name)
                for name, errors in wrong.items()
                for id in ids
                if errors[id] > APART
            ]
            error, name = min(mild, default=(None, None))
            limit = float(getattr(key.tolerances, tolerances[number]))
            if ids:
                made.append(
                    Margin(
                        check,
                        precision,
                        tolerances[number],
                        limit,
                        max(correct[id] for id in ids),
                        error,
                        name,
                    )
                )
    return tuple(made)
