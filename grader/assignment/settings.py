"""An assignment's settings: assignment.toml as checked data, and where the assignment's files are.

An assignment is a folder with assignment.toml, the reference, its cases and more. It is read only
to build an answer key or to explain.
"""

import math
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from grader.assignment.conventions import (
    Convention,
    declared_in_form,
    read_choice,
    read_conventions,
)
from grader.assignment.course_files import course_source, files_in
from grader.assignment.explanation import Explanation, page_in, sections
from grader.assignment.functions import (
    Knob,
    missing_in_functions,
    outputs_in,
    read_functions,
    read_inputs,
    read_knobs,
)
from grader.assignment.layers import SETTINGS, Key, Layers, dotted, one_of
from grader.assignment.layers import AssignmentError as AssignmentError  # callers find it here
from grader.assignment.questions import check_questions, missing_in_questions
from grader.messages import LANGUAGES
from grader.model import Function, Limits, Reveal, Source, Tolerances

CHECKS_FILE, DERIVED_FILE = "checks.py", "derived.py"
_MODULE = r"^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*$"
_FILE = re.compile(r"([A-Za-z0-9_][A-Za-z0-9_.-]*/)*[A-Za-z_][A-Za-z0-9_]*\.py")
_FILE_CURE = (
    "write the name of a Python file, such as work.py, or its usual path with slashes, "
    "such as course/part/work.py"
)
_MOST_FILES = 16
# Files import each other by their names: one of these would take the place of what others import.
_IMPORTABLE = {*sys.stdlib_module_names, "numpy", "grader", "past", "future", "msgspec"}
# Keys of the file that become others, and what reading adds.
_ONLY_IN_FILE = ("file", "function", "extends", "preset")
_ONLY_ADDED = ("name", "folders", "choices")


def _value(cure: str, **limits: Any) -> Meta:
    """The limits of a setting's value, and the cure for a value outside of them."""
    return Meta(extra={"cure": cure}, **limits)


class Assignment(Struct, frozen=True, forbid_unknown_fields=True):
    """The values of assignment.toml, and where they were read."""

    name: str  # of the folder
    folders: tuple[Path, ...]  # searched for files in this order: its own, extended ones, preset
    title: Annotated[
        str | dict[str, str], _value("write a text, or a table with one for each language")
    ]
    # Names of the files that students hand in, or the paths where they usually lie.
    files: tuple[str, ...]
    seed: Annotated[int, _value("write a whole number, 0 or above", ge=0)]
    inputs: dict[str, str]  # name -> its axes or kind, written for the first choices
    functions: dict[str, Function]  # by short name
    questions: dict[str, Any]  # "<short name>.<question>" -> QuestionSettings and check's settings
    tolerances: Tolerances = Tolerances()
    limits: Limits = Limits()
    knobs: dict[str, Knob] = {}  # input -> what it is turned up to, or the range to draw from
    conventions: dict[str, Convention] = {}
    choices: dict[str, str] = {}  # convention -> the choice that is asked for
    preset: Path | None = None  # the folder of the preset
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
    def file_names(self) -> tuple[str, ...]:
        """The names of the files without folders. The reference has them as well."""
        return tuple(file.rpartition("/")[2] for file in self.files)

    @property
    def file_name(self) -> str:
        """The name of the first file without folders."""
        return self.file_names[0]

    @property
    def inputs_asked(self) -> dict[str, str]:
        """The declarations of the inputs as students receive them."""
        return declared_in_form(self.conventions, self.choices, self.inputs)

    def checks(self) -> Source | None:
        """The assignment's own checks: checks.py of all folders."""
        return course_source(self.folders, CHECKS_FILE)

    def derived(self) -> Source | None:
        """The code of derived outputs: derived.py of all folders."""
        return course_source(self.folders, DERIVED_FILE)

    def path(self, name: str) -> Path:
        """Find a file of the assignment. Raises AssignmentError if no folder has it."""
        for folder in self.folders:
            if folder.joinpath(name).is_file():
                return folder / name
        raise AssignmentError(
            f"{self.folders[0]}: there is no {name}. "
            'Write one, or take another assignment\'s with extends = "…".'
        )

    def files_of(self, pattern: str) -> list[Path]:
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
                choices = list(page) or ["<!-- topic: name --> before each heading there"]
                raise AssignmentError(
                    f"{self.folders[0] / SETTINGS}: {dotted(('topics', code))}: "
                    f"{path.name} has no topic {topic!r}. Cure: {one_of(topic, choices)}."
                )
        return Explanation(page, self.topics, tuple(self.choices.values()))


def read_assignment(folder: Path, overrides: Sequence[str] = ()) -> Assignment:
    """Read and check assignment.toml, and the files that it extends.

    overrides: KEY=VALUE, such as layout=DxC or limits.call_seconds=20.
    Raises AssignmentError, with file, key, what is wrong and what to write.
    """
    layers = Layers(folder, overrides)
    values = layers.merged()
    for name in _ONLY_ADDED:
        if name in values:
            layers.complain((name,), f"is not a key of {SETTINGS}", "remove it")
    conventions = read_conventions(layers, values.pop("conventions", {}))
    _refuse_unknown_keys(layers, values, conventions)
    choices = {
        name: read_choice(layers, name, convention, values.pop(name, convention.choices[0]))
        for name, convention in conventions.items()
    }
    if isinstance(values.get("questions"), dict):
        # "name" = false leaves out a question of the extended assignment.
        rows = {name: row for name, row in values["questions"].items() if row is not False}
        values["questions"] = rows
    checks = course_source(layers.folders, CHECKS_FILE)
    layers.require(_missing(values, checks), {*Assignment.__struct_fields__, *_ONLY_IN_FILE})

    inputs = read_inputs(layers, values["inputs"])
    knobs = read_knobs(layers, values.pop("knobs", {}), inputs)
    default = values.pop("function", None)
    functions = read_functions(layers, values["functions"], default, inputs, knobs)
    values |= {
        "name": folder.name,
        "folders": [str(path) for path in layers.folders],
        "files": _files_named(layers, values),
        "inputs": inputs,
        "knobs": knobs,
        "functions": msgspec.to_builtins(functions),
        "conventions": msgspec.to_builtins(conventions),
        "choices": choices,
        "preset": None if layers.preset is None else str(layers.preset),
    }
    values.pop("file", None)
    assignment = layers.convert(values, Assignment)
    _check_conventions(assignment, layers)
    _check_choices(assignment, layers)
    _check_numbers(assignment, layers)
    _check_functions(assignment, layers)
    _check_modules(assignment, layers)
    check_questions(layers, assignment.questions, functions, checks)
    return assignment


def module_versions(modules: Sequence[str]) -> dict[str, str]:
    """Return the installed version of each module. read_assignment has checked that there is."""
    if not modules:
        return {}
    from grader.sandbox import course_modules  # here, because few assignments have any

    return course_modules.module_versions(modules)


def _refuse_unknown_keys(
    layers: Layers, values: Mapping[str, Any], conventions: Mapping[str, Convention]
) -> None:
    known = {*Assignment.__struct_fields__, *_ONLY_IN_FILE} - {*_ONLY_ADDED}
    for name in conventions:
        if name in known or name in _ONLY_ADDED:
            cure = "give the convention another name"
            layers.complain(("conventions", name), f"is a key of {SETTINGS} already", cure)
    for name in values:
        if name not in known and name not in conventions:
            layers.refuse_unknown((name,), [*sorted(known), *conventions])


def _missing(values: Mapping[str, Any], checks: Source | None) -> list[Key]:
    """All keys that the values lack, in tables of functions and questions, too."""
    own = [
        key for key in ("title", "seed", "inputs", "functions", "questions") if key not in values
    ]
    if "file" not in values and "files" not in values:
        own.insert(0, "file")
    missing: list[Key] = [(name,) for name in own]
    return [*missing, *missing_in_functions(values), *missing_in_questions(values, checks)]


def _files_named(layers: Layers, values: Mapping[str, Any]) -> list[str]:
    """The file, or files, that students hand in."""
    key = "files" if "files" in values else "file"
    if "file" in values and "files" in values:
        layers.complain(("files",), "stands beside file", "remove one of them")
    files = values[key] if key == "files" else [values[key]]
    if not (isinstance(files, list) and 0 < len(files) <= _MOST_FILES):
        cure = f"write a list of one file or several, at most {_MOST_FILES}"
        layers.complain((key,), f"is {files!r}", cure)
    names = set()
    for file in files:
        if not (isinstance(file, str) and _FILE.fullmatch(file)):
            layers.complain((key,), f"is {file!r}", _FILE_CURE)
        name = file.rpartition("/")[2]
        if name in names:
            layers.complain((key,), f"names {name} twice", "give the files different names")
        if name.removesuffix(".py") in _IMPORTABLE:
            problem = f"names {name}, which would hide a module of Python or numpy"
            layers.complain((key,), problem, "give the file another name")
        names.add(name)
    return list(files)


def _check_conventions(assignment: Assignment, layers: Layers) -> None:
    """Conventions name inputs and outputs that there are."""
    outputs = outputs_in(assignment.functions.values())
    for name, convention in assignment.conventions.items():
        key = ("conventions", name)
        for each in convention.transposed:
            if each not in assignment.inputs and each not in outputs:
                layers.refuse_unknown((*key, "transposed", each), [*assignment.inputs, *outputs])
        for each in convention.scaled:
            if each not in assignment.inputs:
                layers.refuse_unknown((*key, "scaled", each), assignment.inputs)


def _check_choices(assignment: Assignment, layers: Layers) -> None:
    """Check settings that have a few allowed values, where no Literal can list them."""
    if assignment.language not in (None, *LANGUAGES):
        layers.complain_of(Assignment, "language", assignment.language)
    if isinstance(assignment.title, dict):
        for language in assignment.title:
            if language not in LANGUAGES:
                cure = f"write one of {', '.join(LANGUAGES)}"
                layers.complain(("title", language), "is in no language known here", cure)


def _check_numbers(assignment: Assignment, layers: Layers) -> None:
    tolerances = assignment.tolerances
    numbers: dict[Key, Any] = {
        (name,): value for name, value in msgspec.structs.asdict(tolerances).items()
    }
    of_outputs = numbers.pop(("outputs",))
    outputs = outputs_in(assignment.functions.values())
    for output, value in of_outputs.items():
        if output not in outputs:
            layers.refuse_unknown(("tolerances", "outputs", output), outputs)
        numbers[("outputs", output)] = value
    for place, value in numbers.items():
        if not 0 < value < math.inf:
            layers.complain(("tolerances", *place), f"is {value}", "write a number above 0")
    limits = assignment.limits
    for name, smaller, larger in (
        ("call_seconds", limits.call_seconds, limits.function_seconds),
        ("function_seconds", limits.function_seconds, limits.submission_seconds),
    ):
        if smaller > larger:
            problem = f"is {smaller:g}, more than the {larger:g} of the limit below it"
            layers.complain(("limits", name), problem, "raise that one too")


def _check_functions(assignment: Assignment, layers: Layers) -> None:
    """Each function is asked by a question, and something computes its derived outputs."""
    with_questions = {identifier.partition(".")[0] for identifier in assignment.questions}
    for short, function in assignment.functions.items():
        if assignment.questions and short not in with_questions:
            cure = "correct its name, or write a question for it"
            layers.complain(("functions", short), "is asked by no question", cure)
        if function.derived and not any(
            folder.joinpath(DERIVED_FILE).is_file() for folder in assignment.folders
        ):
            problem = f"needs a file {DERIVED_FILE}, which is not there"
            cure = f"write it, with a function {function.derived[0]}"
            layers.complain(("functions", short, "derived"), problem, cure)


def _check_modules(assignment: Assignment, layers: Layers) -> None:
    if not assignment.modules:
        return
    from grader.sandbox.course_modules import ModuleError, find_modules

    for name in assignment.modules:
        try:
            find_modules([name])
        except ModuleError as error:
            layers.complain(("modules",), f"{name} {error.problem}", error.cure)
