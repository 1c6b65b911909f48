"""An assignment's settings: assignment.toml as checked data, and where the assignment's files are.

An assignment is a folder with assignment.toml, the reference, its cases, its baseline and more. It
is read only to build an answer key or to explain.
"""

import math
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias

import msgspec
from msgspec import Meta, Struct

from grader.assignment.explanation import Explanation, page_in, sections
from grader.assignment.layers import SETTINGS, Key, Layers
from grader.assignment.layers import AssignmentError as AssignmentError  # callers find it here
from grader.checks import CHECKS
from grader.messages import LANGUAGES
from grader.model import Limits, Question, Reveal, Tolerances
from grader.static_analysis.locate import PATTERNS

REGULARIZATIONS = (0.5, 1.0)  # msgspec has no Literal of floats
_MODULE = r"^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*$"
_QUESTION_NAME = re.compile(r"[a-z_][a-z0-9_]*")  # the part after the dot

Layout: TypeAlias = Literal["CxD", "DxC"]
Points: TypeAlias = Annotated[float, Meta(ge=0, le=1e6)]


def _value(cure: str, **limits: Any) -> Meta:
    """The limits of a setting's value, and the cure for a value outside of them."""
    return Meta(extra={"cure": cure}, **limits)


class QuestionSettings(Struct, frozen=True):
    """A question's line in assignment.toml. All other keys of the line are its check's settings."""

    check: str  # a name in CHECKS
    points: Points  # 0 for advice
    needs: tuple[str, ...] = ()  # earlier questions without which this one is not asked


class Assignment(Struct, frozen=True, forbid_unknown_fields=True):
    """The values of assignment.toml, and where they were read."""

    name: str  # of the folder
    folders: tuple[Path, ...]  # searched for files in this order: its own, then those it extends
    title: Annotated[
        str | dict[str, str], _value("write a text, or a table with one for each language")
    ]
    # Name of the file that students hand in, or the path where it usually lies.
    file: Annotated[
        str,
        _value(
            "write the name of a Python file, such as work.py, or its usual path with slashes, "
            "such as course/part/work.py",
            pattern=r"^([A-Za-z0-9_][A-Za-z0-9_.-]*/)*[A-Za-z_][A-Za-z0-9_]*\.py$",
        ),
    ]
    layout: Annotated[
        Layout, _value("write CxD (W is C x D, X is D x N) or DxC (W is D x C, X is N x D)")
    ]
    # The factor of reg * sum(W * W) in the loss.
    regularization: Annotated[float, _value("write 0.5, for 0.5 * reg * sum(W * W), or 1.0")]
    seed: Annotated[int, _value("write a whole number, 0 or above", ge=0)]
    functions: dict[str, Any]  # short name -> name in the student's file
    tolerances: Tolerances
    limits: Limits
    questions: dict[str, Any]  # "<short name>.<question>" -> QuestionSettings and check's settings
    language: Annotated[str | None, _value(f"write one of {', '.join(LANGUAGES)}")] = None
    reveal: Annotated[
        Reveal,
        _value(
            "write cause (what is wrong), hint (a question that leads on) "
            "or nothing (the failed questions alone)"
        ),
    ] = "cause"
    explanation: str | None = None  # path of the page that explains it, from the folder
    topics: dict[str, str] = {}  # code of a message -> section of the explanation
    # What submissions may import beside numpy, as Python imports it: installed beside the grader.
    modules: Annotated[
        tuple[Annotated[str, Meta(pattern=_MODULE)], ...],
        _value('write a list of names as Python imports them, such as ["scipy"]'),
    ] = ()
    lines: dict[str, str] = {}  # what went wrong -> pattern of the faulty line, see PATTERNS

    @property
    def file_name(self) -> str:
        """The name of the file without folders. The reference has it as well."""
        return self.file.rpartition("/")[2]

    def path(self, name: str) -> Path:
        """Find a file of the assignment. Raises AssignmentError if no folder has it."""
        for folder in self.folders:
            if folder.joinpath(name).is_file():
                return folder / name
        raise AssignmentError(
            f"{self.folders[0]}: there is no {name}. "
            'Write one, or take another assignment\'s with extends = "…".'
        )

    def files(self, pattern: str) -> list[Path]:
        """List the files that match, by name. If several have one name, the first folder's."""
        by_name: dict[str, Path] = {}
        for folder in reversed(self.folders):
            by_name |= {path.name: path for path in files_in(folder, pattern)}
        return [by_name[name] for name in sorted(by_name)]

    def read_explanation(self, language: str) -> Explanation:
        """Read the explanation in this language, or in the first one if there is no translation.

        Raises AssignmentError.
        """
        if self.explanation is None:
            return Explanation()
        path = self.path(self.explanation)
        if page_in(language, path).is_file():
            path = page_in(language, path)
        try:
            page = sections(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            raise AssignmentError(
                f"{path}: cannot be read ({error}). Make it a file of Markdown in UTF-8."
            ) from None
        for code, topic in self.topics.items():
            if topic not in page:
                choices = ", ".join(page) or "<!-- topic: name --> before each heading there"
                raise AssignmentError(
                    f"{self.folders[0] / SETTINGS}: topics.{code}: "
                    f"{path.name} has no topic {topic!r}. Write one of {choices}."
                )
        return Explanation(page, self.topics, self.layout)


def read_assignment(folder: Path, overrides: Sequence[str] = ()) -> Assignment:
    """Read and check assignment.toml, and the files it extends.

    overrides: KEY=VALUE, such as layout=DxC or limits.call_seconds=20.
    Raises AssignmentError, with file, key, what is wrong and what to write.
    """
    layers = Layers(folder, overrides)
    values = layers.merged()
    for name in ("name", "folders"):
        if name in values:
            layers.complain((name,), f"is not a key of {SETTINGS}", "remove it")
    if isinstance(values.get("questions"), dict):
        # "name" = false leaves out a question of the extended assignment.
        rows = {name: row for name, row in values["questions"].items() if row is not False}
        values["questions"] = rows
    values |= {"name": folder.name, "folders": [str(path) for path in layers.folders]}
    assignment = layers.convert(values, Assignment)
    _check_choices(assignment, layers)
    _check_numbers(assignment, layers)
    _check_functions(assignment, layers)
    _check_modules(assignment, layers)
    earlier: list[str] = []
    for identifier in assignment.questions:
        _check_question(assignment, layers, identifier, earlier)
        earlier.append(identifier)
    return assignment


def files_in(folder: Path, pattern: str) -> list[Path]:
    """Return the files that match, by name, without those that editors and systems hide."""
    paths = sorted(folder.glob(pattern))
    return [path for path in paths if path.is_file() and not path.name.startswith(".")]


def module_versions(modules: Sequence[str]) -> dict[str, str]:
    """Return the installed version of each module. read_assignment has checked that there is."""
    if not modules:
        return {}
    from grader.sandbox import course_modules  # here, because few assignments have any

    return course_modules.module_versions(modules)


def questions_of(assignment: Assignment) -> tuple[Question, ...]:
    """Return the questions in the order of the file, which read_assignment has checked."""
    questions = []
    for identifier, values in assignment.questions.items():
        row = msgspec.convert(values, QuestionSettings)
        function = assignment.functions[identifier.partition(".")[0]]
        settings = _settings_of_check(values)
        questions.append(Question(identifier, function, row.check, row.points, row.needs, settings))
    return tuple(questions)


def _check_choices(assignment: Assignment, layers: Layers) -> None:
    """Check settings that have a few allowed values, where no Literal can list them."""
    if assignment.regularization not in REGULARIZATIONS:
        layers.complain_of(Assignment, "regularization", assignment.regularization)
    if assignment.language not in (None, *LANGUAGES):
        layers.complain_of(Assignment, "language", assignment.language)
    if isinstance(assignment.title, dict):
        for language in assignment.title:
            if language not in LANGUAGES:
                cure = f"write one of {', '.join(LANGUAGES)}"
                layers.complain(("title", language), "is in no language known here", cure)
    for cause, pattern in assignment.lines.items():
        if pattern not in PATTERNS:
            cure = f"write one of {', '.join(PATTERNS)}"
            layers.complain(("lines", cause), f"is {pattern!r}", cure)


def _check_numbers(assignment: Assignment, layers: Layers) -> None:
    for name, value in msgspec.structs.asdict(assignment.tolerances).items():
        if not 0 < value < math.inf:
            layers.complain(("tolerances", name), f"is {value}", "write a number above 0")
    limits = assignment.limits
    for name, smaller, larger in (
        ("call_seconds", limits.call_seconds, limits.function_seconds),
        ("function_seconds", limits.function_seconds, limits.submission_seconds),
    ):
        if smaller > larger:
            problem = f"is {smaller:g}, more than the {larger:g} of the limit below it"
            layers.complain(("limits", name), problem, "raise that one too")


def _check_functions(assignment: Assignment, layers: Layers) -> None:
    form = 'short_name = "name_in_the_file"'
    if not assignment.functions:
        layers.complain(("functions",), "is empty", f"name a function: {form}")
    with_questions = {identifier.partition(".")[0] for identifier in assignment.questions}
    for short, name in assignment.functions.items():
        if not (isinstance(name, str) and name.isidentifier() and short.isidentifier()):
            cure = f"write a value of that kind: {form}"
            layers.complain(("functions", short), f"is {name!r}", cure)
        if assignment.questions and short not in with_questions:
            cure = "correct its name, or write a question for it"
            layers.complain(("functions", short), "is asked by no question", cure)


def _check_modules(assignment: Assignment, layers: Layers) -> None:
    if not assignment.modules:
        return
    from grader.sandbox.course_modules import ModuleError, find_modules

    for name in assignment.modules:
        try:
            find_modules([name])
        except ModuleError as error:
            layers.complain(("modules",), f"{name} {error.problem}", error.cure)


def _check_question(
    assignment: Assignment, layers: Layers, identifier: str, earlier: Sequence[str]
) -> None:
    """earlier: the questions above this one."""
    key: Key = ("questions", identifier)
    short, _, name = identifier.partition(".")
    if short not in assignment.functions or not _QUESTION_NAME.fullmatch(name):
        names = ", ".join(f"{function}.…" for function in assignment.functions)
        cure = f"write a function's short name, a dot and a name: {names}"
        layers.complain(key, "is not the name of a question", cure)
    values = assignment.questions[identifier]
    if not isinstance(values, dict):
        form = '{ points = 5, check = "loss", cases = ["small"] }'
        layers.complain(key, f"is {values!r}", f"write a value of that kind: {form}")
    row = layers.convert(values, QuestionSettings, key)
    if row.check not in CHECKS:
        cure = f"write one of {', '.join(CHECKS)}"
        layers.complain((*key, "check"), f"is {row.check!r}", cure)
    for need in row.needs:
        if need not in earlier:
            problem = f"names {need!r}, which is no earlier question"
            layers.complain((*key, "needs"), problem, "name a question that stands above this one")
    settings = layers.convert(_settings_of_check(values), CHECKS[row.check].settings, key)
    _check_names(layers, key, settings.functions_asked(), list(assignment.functions))
    _check_names(layers, key, settings.questions_asked(), earlier)


def _check_names(layers: Layers, key: Key, names: dict[str, str], allowed: Sequence[str]) -> None:
    """names: setting -> the function or question that it names."""
    for setting, name in names.items():
        if name not in allowed:
            cure = f"write one of {', '.join(allowed) or 'none'}"
            layers.complain((*key, setting), f"is {name!r}", cure)


def _settings_of_check(values: dict[str, Any]) -> dict[str, Any]:
    own = QuestionSettings.__struct_fields__
    return {name: value for name, value in values.items() if name not in own}
