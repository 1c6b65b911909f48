"""Reads right work: the reference, and the honest ways to write it in an assignment's variants/."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from grader.assignment.course_files import files_in
from grader.assignment.layers import cure_of_unknown
from grader.assignment.reference import own_choices, reference_source, turned_functions
from grader.assignment.settings import Assignment, AssignmentError, read_assignment
from grader.model import Function, Submission, names_asked
from grader.verification.expected import EXPECTED, Expected, read_expected, read_named
from grader.verification.result import REFERENCE

FOLDER = "variants"


class Variant(NamedTuple):
    """Right work, and what it is to get."""

    name: str  # "variants/no_shift", or "the reference"
    submission: Submission
    functions: Mapping[str, Function]  # by short name; their calls turn what it is not written for
    expected: Expected
    questions: frozenset[str]  # those whose outcome is known

    @property
    def is_reference(self) -> bool:
        return self.name == REFERENCE


def read_right_work(assignment: Assignment) -> tuple[Variant, ...]:
    """Return the reference, and then the variants of the strongest folder that has any.

    The outcomes of variants are those of the assignment beside them. A question that another one
    asks in another way, or with other tolerances, is not asked of them. Raises AssignmentError.
    """
    reference = _reference(assignment)
    folder = _folder_of(assignment)
    if folder is None:
        return (reference,)
    own = read_assignment(folder.parent)
    tables = read_expected(folder)
    _require_tables(folder, tables)
    questions = _same_questions(own, assignment)
    functions: dict[tuple[str, ...], dict[str, Function]] = {}  # by the settings written for
    variants = []
    for name, expected in tables.items():
        _require_questions(own, folder, name, expected)
        if expected.set not in functions:
            functions[expected.set] = _functions(assignment, folder, name, expected.set)
        turned = functions[expected.set]
        names = names_asked(turned.values())
        submission = read_named(folder, name, assignment.files, names)
        variants.append(Variant(f"{FOLDER}/{name}", submission, turned, expected, questions))
    return (reference, *variants) if questions else (reference,)


def _reference(assignment: Assignment) -> Variant:
    source = reference_source(assignment)
    return Variant(
        name=REFERENCE,
        submission=Submission(source.file, source.text, "", more=source.more),
        functions={function.short: function for function in source.functions},
        expected=Expected(),
        questions=frozenset(assignment.questions),
    )


def _folder_of(assignment: Assignment) -> Path | None:
    folders = (folder / FOLDER for folder in assignment.folders)
    return next((folder for folder in folders if folder.is_dir()), None)


def _require_tables(folder: Path, tables: Mapping[str, Expected]) -> None:
    """Raise AssignmentError if there is a file without a table: nobody would look at it."""
    for path in files_in(folder, "*.py"):
        if path.stem not in tables:
            raise AssignmentError(
                f"{path}: {EXPECTED} beside it has no table [{path.stem}]. Add it, with "
                'failed = { "question" = "code" } unless the file gets all points.'
            )


def _same_questions(own: Assignment, assignment: Assignment) -> frozenset[str]:
    """The questions with points that both assignments ask in the same way, whatever the points."""
    if own.tolerances != assignment.tolerances:
        return frozenset()
    return frozenset(
        name
        for name, values in own.questions.items()
        if values["points"] and _without_points(values) == _without_points_of(assignment, name)
    )


def _without_points(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name != "points"}


def _without_points_of(assignment: Assignment, question: str) -> dict[str, Any] | None:
    values = assignment.questions.get(question)
    return _without_points(values) if values and values["points"] else None


def _require_questions(own: Assignment, folder: Path, name: str, expected: Expected) -> None:
    for question in (*expected.failed, *expected.not_run):
        if question not in own.questions:
            cure = cure_of_unknown(question, own.questions)
            raise _error(folder, name, f"there is no question {question!r}", cure)


def _functions(
    assignment: Assignment, folder: Path, name: str, settings: Sequence[str]
) -> dict[str, Function]:
    """The functions as they are called in code that is written for these settings.

    settings: KEY=VALUE of the table `name`; the other choices are those beside the folder.
    """
    for setting in settings:
        convention = setting.partition("=")[0].strip()
        if convention not in assignment.conventions:
            cure = cure_of_unknown(convention, assignment.conventions)
            raise _error(folder, name, f"set: there is no convention {convention!r}", cure)
    try:
        written = own_choices(assignment, folder.parent, settings)
    except AssignmentError as error:
        raise AssignmentError(f"{folder / EXPECTED}: {name}: {error}") from None
    return turned_functions(assignment, written)


def _error(folder: Path, name: str, problem: str, cure: str) -> AssignmentError:
    return AssignmentError(f"{folder / EXPECTED}: {name}: {problem}. Cure: {cure}.")
