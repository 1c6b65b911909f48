"""An assignment: a folder with assignment.toml, the reference, its cases and its yardstick. Read only to build an answer key."""

import math
import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any, NoReturn, get_args

import msgspec
from msgspec import Meta, Struct

from grader.assignment.explanation import Explanation, page_in, sections
from grader.checks import CHECKS
from grader.files.toml_tables import deep_merge
from grader.messages import LANGUAGES
from grader.model import Limits, Question, Reveal, Tolerances
from grader.static_analysis.locate import PATTERNS

SETTINGS = "assignment.toml"
SHIPPED = Path(__file__).resolve().parents[2] / "reference"
REGULARIZATIONS = (0.5, 1.0)
KEY_PART = r'"[^"]+"|[^.\[\]]+'
# Names of questions that later advice (0 points) will use.
RESERVED = ("return_kind",)
FileName = Annotated[str, Meta(pattern=r"^[A-Za-z_][A-Za-z0-9_]*\.py$")]
Points = Annotated[float, Meta(ge=0, le=1e6)]


class AssignmentError(Exception):
    """The assignment cannot be used. The text says which file and key, what is wrong, and what to write instead."""


class QuestionSettings(Struct, frozen=True):
    """A question as assignment.toml holds it. All other keys of its line are the check's settings."""

    check: str
    points: Points
    needs: tuple[str, ...] = ()


class Assignment(Struct, frozen=True, forbid_unknown_fields=True):
    """The values of assignment.toml. folders: where the assignment's files are looked for, its own first, then those it extends."""

    name: str
    folders: tuple[Path, ...]
    title: str | dict[str, str]
    file: FileName
    layout: str
    regularization: float
    seed: Annotated[int, Meta(ge=0)]
    functions: dict[str, Any]
    tolerances: Tolerances
    limits: Limits
    questions: dict[str, Any]
    language: str | None = None
    reveal: Reveal = "cause"
    explanation: str | None = None
    topics: dict[str, str] = {}
    lines: dict[str, str] = {}

    def path(self, name: str) -> Path:
        """A file of the assignment. Raises AssignmentError where no folder has it."""
        for folder in self.folders:
            if folder.joinpath(name).is_file():
                return folder / name
        raise AssignmentError(
            f'{self.folders[0]}: there is no {name}. Write one, or take another assignment\'s with extends = "…".'
        )

    def explained(self, language: str) -> Explanation:
        """The page that explains it, in that language or else in the first one. Raises AssignmentError."""
        if self.explanation is None:
            return Explanation()
        path = self.path(self.explanation)
        if page_in(language, path).is_file():
            path = page_in(language, path)
        try:
            found = sections(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            raise AssignmentError(
                f"{path}: cannot be read ({error}). Make it a file of Markdown in UTF-8."
            ) from None
        for code, topic in self.topics.items():
            if topic not in found:
                known = ", ".join(found) or "<!-- topic: name --> before each heading there"
                raise AssignmentError(
                    f"{self.folders[0] / SETTINGS}: topics.{code}: {path.name} has no topic {topic!r}. Write one of {known}."
                )
        return Explanation(found, self.topics, self.layout)

    def files(self, pattern: str) -> list[Path]:
        """All files of the assignment that match, by name; of several with one name, that of the first folder."""
        found = {
            path.name: path
            for folder in reversed(self.folders)
            for path in folder.glob(pattern)
            if path.is_file()
        }
        return [found[name] for name in sorted(found)]


def find_assignment(name: str) -> Path:
    """name: a folder, or the name of an assignment that is shipped."""
    for folder in (Path(name), SHIPPED / name):
        if os.path.isfile(folder / SETTINGS):
            return folder.resolve()
    known = ", ".join(sorted(path.parent.name for path in SHIPPED.glob("*/" + SETTINGS)))
    raise AssignmentError(
        f"There is no assignment {name!r}: give a folder with {SETTINGS} in it, or one of these names: {known}."
    )


def read_assignment(folder: Path, overrides: Sequence[str] = ()) -> Assignment:
    """overrides: KEY=VALUE, e.g. layout=DxC or limits.call_seconds=20. Raises AssignmentError."""
    for override in overrides:
        if override.partition("=")[0].strip() == "extends":
            raise AssignmentError(
                f"--set {override}: extends is not for the command line. Write a folder with it, and give that folder."
            )
    folders = dict(extended(folder, ()))
    layers = [(f"--set {override}", parse_override(override)) for override in reversed(overrides)]
    layers += [(str(path / SETTINGS), values) for path, values in folders.items()]
    values: dict[str, Any] = {}
    for _, layer in reversed(layers):
        values = deep_merge(values, layer)
    values.pop("extends", None)
    if isinstance(values.get("questions"), dict):  # a question that is false is left out
        values["questions"] = {
            name: row for name, row in values["questions"].items() if row is not False
        }
    for key in ("name", "folders"):
        if key in values:
            complain(layers, key, f"is not a key of {SETTINGS}", "remove it")
    if values.get("reveal", "cause") not in get_args(Reveal):
        cure = "write cause (what is wrong), hint (a question that leads on) or nothing (the failed questions alone)"
        complain(layers, "reveal", f"is {values['reveal']!r}", cure)
    try:
        whole = values | {"name": folder.name, "folders": tuple(map(str, folders))}
        assignment = msgspec.convert(whole, Assignment, dec_hook=lambda kind, value: kind(value))
    except msgspec.ValidationError as error:
        explain(layers, error)
    if assignment.layout not in ("CxD", "DxC"):
        complain(
            layers,
            "layout",
            f"is {assignment.layout!r}",
            "write CxD (W is C x D, X is D x N) or DxC (W is D x C, X is N x D)",
        )
    if assignment.regularization not in REGULARIZATIONS:
        complain(
            layers,
            "regularization",
            f"is {assignment.regularization}",
            "write 0.5, for 0.5 * reg * sum(W * W), or 1.0",
        )
    if assignment.language not in (None, *LANGUAGES):
        complain(
            layers,
            "language",
            f"is {assignment.language!r}",
            f"write one of {', '.join(LANGUAGES)}",
        )
    for language in assignment.title if isinstance(assignment.title, dict) else ():
        if language not in LANGUAGES:
            complain(
                layers,
                f"title.{language}",
                "is in no language known here",
                f"write one of {', '.join(LANGUAGES)}",
            )
    for cause, look in assignment.lines.items():
        if look not in PATTERNS:
            complain(
                layers, f"lines.{cause}", f"is {look!r}", f"write one of {', '.join(PATTERNS)}"
            )
    for label, group in (("tolerances", assignment.tolerances), ("limits", assignment.limits)):
        for key, value in msgspec.structs.asdict(group).items():
            if not 0 < value < math.inf:
                complain(layers, f"{label}.{key}", f"is {value}", "write a number above 0")
    for short, name in assignment.functions.items():
        if not (isinstance(name, str) and name.isidentifier() and short.isidentifier()):
            complain(
                layers,
                f"functions.{short}",
                f"is {name!r}",
                'write a value of that kind: short_name = "name_in_the_file"',
            )
    if not assignment.functions:
        complain(
            layers, "functions", "is empty", 'name a function: short_name = "name_in_the_file"'
        )
    limits = assignment.limits
    for key, smaller, larger in (
        ("call_seconds", limits.call_seconds, limits.function_seconds),
        ("function_seconds", limits.function_seconds, limits.submission_seconds),
    ):
        if smaller > larger:
            complain(
                layers,
                f"limits.{key}",
                f"is {smaller:g}, more than the {larger:g} of the limit below it",
                "raise that one too",
            )
    asked = {identifier.partition(".")[0] for identifier in assignment.questions}
    for short in assignment.functions:
        if assignment.questions and short not in asked:
            complain(
                layers,
                f"functions.{short}",
                "is asked by no question",
                "correct its name, or write a question for it",
            )
    for number, identifier in enumerate(assignment.questions):
        validate_question(assignment, layers, identifier, list(assignment.questions)[:number])
    return assignment


Layers = list[
    tuple[str, dict[str, Any]]
]  # where values come from, the strongest first, and the values


def extended(folder: Path, seen: tuple[Path, ...]) -> Iterator[tuple[Path, dict[str, Any]]]:
    """The assignment's own values, then those of the assignment it extends, and so on."""
    file = folder / SETTINGS
    if folder in seen:
        raise AssignmentError(
            f"{file}: extends: goes round in a circle. Let one of these assignments extend none."
        )
    try:
        values = msgspec.toml.decode(file.read_bytes())
    except (msgspec.DecodeError, UnicodeDecodeError, ValueError) as error:
        raise AssignmentError(
            f"{file}: this is not valid TOML ({error}). Correct that line."
        ) from None
    except OSError as error:
        raise AssignmentError(
            f"{file}: cannot be read ({error.strerror}). Check the path and its permissions."
        ) from None
    yield folder, values
    if "extends" in values:
        base = (folder / str(values["extends"])).resolve()
        if not base.joinpath(SETTINGS).is_file():
            raise AssignmentError(
                f"{file}: extends: there is no {SETTINGS} in {base}. Write an assignment's path, from this folder."
            )
        yield from extended(base, (*seen, folder))


def parse_override(override: str) -> dict[str, Any]:
    key, equals, text = override.partition("=")
    parts = [part.strip('"') for part in re.findall(KEY_PART, key.strip())]
    if not equals or not re.fullmatch(rf"({KEY_PART})(\.({KEY_PART}))*", key.strip()):
        raise AssignmentError(f"--set {override}: write KEY=VALUE, for example --set layout=DxC.")
    try:
        value: Any = msgspec.toml.decode(f"value = {text}")["value"]
    except msgspec.DecodeError:
        value = text.strip()
    for part in reversed(parts):
        value = {part: value}
    return dict(value)


def validate_question(
    assignment: Assignment, layers: Layers, identifier: str, earlier: list[str]
) -> None:
    here = f'questions."{identifier}"'
    short, dot, name = identifier.partition(".")
    if short not in assignment.functions or not dot or not re.fullmatch(r"[a-z_][a-z0-9_]*", name):
        names = ", ".join(f"{function}.…" for function in assignment.functions)
        complain(
            layers,
            here,
            "is not the name of a question",
            f"write a function's short name, a dot and a name: {names}",
        )
    if name in RESERVED:
        complain(
            layers,
            here,
            "is a name kept for advice that comes with the grader",
            "choose another name",
        )
    values = assignment.questions[identifier]
    if not isinstance(values, dict):
        complain(
            layers,
            here,
            f"is {values!r}",
            'write a value of that kind: { points = 5, check = "loss", cases = ["small"] }',
        )
    try:
        row = msgspec.convert(values, QuestionSettings)
    except msgspec.ValidationError as error:
        explain(layers, error, here)
    if row.check not in CHECKS:
        complain(layers, f"{here}.check", f"is {row.check!r}", f"write one of {', '.join(CHECKS)}")
    for need in row.needs:
        if need not in earlier:
            complain(
                layers,
                f"{here}.needs",
                f"names {need!r}, which is no earlier question",
                "name a question that stands above this one",
            )
    try:
        settings = msgspec.convert(settings_of(values), CHECKS[row.check].settings)
    except msgspec.ValidationError as error:
        explain(layers, error, here)
    named = [
        (key, value, list(assignment.functions))
        for key, value in settings.functions_asked().items()
    ]
    named += [(key, value, earlier) for key, value in settings.questions_asked().items()]
    for key, value, known in named:
        if value not in known:
            complain(
                layers,
                f"{here}.{key}",
                f"is {value!r}",
                f"write one of {', '.join(known) or 'none'}",
            )


def settings_of(values: dict[str, Any]) -> dict[str, Any]:
    return {
        key: value for key, value in values.items() if key not in QuestionSettings.__struct_fields__
    }


def questions_of(assignment: Assignment) -> tuple[Question, ...]:
    made = []
    for identifier, values in assignment.questions.items():
        row = msgspec.convert(values, QuestionSettings)
        function = assignment.functions[identifier.partition(".")[0]]
        made.append(
            Question(identifier, function, row.check, row.points, row.needs, settings_of(values))
        )
    return tuple(made)


def explain(layers: Layers, error: msgspec.ValidationError, prefix: str = "") -> NoReturn:
    """What msgspec found, in the words of someone who edits a toml file."""
    problem, _, path = str(error).partition(" - at `")
    key = ".".join(
        part for part in (prefix, path.rstrip("`").removeprefix("$").lstrip(".")) if part
    )
    if missing := re.search(r"missing required field `(\w+)`", problem):
        complain(
            layers, ".".join(part for part in (key, missing[1]) if part), "is missing", "add it"
        )
    if unknown := re.search(r"unknown field `(\w+)`", problem):
        complain(
            layers,
            ".".join(part for part in (key, unknown[1]) if part),
            "is not known here",
            "correct its name, or remove it",
        )
    complain(layers, key, f"has a wrong value ({problem})", "write a value of that kind")


def complain(layers: Layers, key: str, problem: str, cure: str) -> NoReturn:
    """key: dotted, as in the file. The source named is the one that holds it, or else the assignment's own file."""
    holder = next(source for source, _ in layers if not source.startswith("--set"))
    for source, values in layers:
        inner: Any = values
        for part in re.findall(KEY_PART, key):
            inner = inner.get(part.strip('"')) if isinstance(inner, dict) else None
        if inner is not None:
            holder = source
            break
    raise AssignmentError(f"{holder}: {key}: {problem}. Cure: {cure}.")
