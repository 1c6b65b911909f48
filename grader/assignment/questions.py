"""The questions of an assignment.toml: their tables checked, and read as the key has them."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Annotated, Any, TypeAlias

import msgspec
from msgspec import Meta, Struct

from grader.assignment.course_files import describe_error
from grader.assignment.layers import AssignmentError, Key, Layers, missing_keys, near_name, one_of
from grader.checks import CHECKS, Check
from grader.checks.agrees import AgreesSettings
from grader.checks.course_code import load_code
from grader.checks.effect import EffectSettings
from grader.checks.faster import FasterSettings
from grader.checks.settings import Settings
from grader.checks.slope import SlopeSettings
from grader.model import Function, Question, Source

_NAME = re.compile(r"[a-z_][a-z0-9_]*")  # the part after the dot
_FORM = '{ points = 5, check = "value", cases = ["small"] }'

Points: TypeAlias = Annotated[float, Meta(ge=0, le=1e6)]


class QuestionSettings(Struct, frozen=True):
    """A question's line in assignment.toml. All other keys of the line are its check's settings."""

    check: str  # a name in CHECKS, or in the assignment's own checks.py
    points: Points  # 0 for advice
    needs: tuple[str, ...] = ()  # earlier questions without which this one is not asked


def questions_of(
    questions: Mapping[str, Any], functions: Mapping[str, Function]
) -> tuple[Question, ...]:
    """Return the questions in the order of the file, which read_assignment has checked."""
    converted = []
    for identifier, values in questions.items():
        row = msgspec.convert(values, QuestionSettings)
        name = functions[identifier.partition(".")[0]].name
        settings = _settings_of_check(values)
        converted.append(Question(identifier, name, row.check, row.points, row.needs, settings))
    return tuple(converted)


def missing_in_questions(values: Mapping[str, Any], checks: Source | None) -> list[Key]:
    """The keys that lines of questions lack. values: of the whole assignment.toml."""
    missing: list[Key] = []
    rows, functions = values.get("questions"), values.get("functions")
    known = checks_known(checks)
    if not (isinstance(rows, dict) and isinstance(functions, dict)):
        return []
    for identifier, row in rows.items():
        # What a question of a wrong name lacks may stand under the right one.
        if not (isinstance(row, dict) and _is_name(identifier, functions)):
            continue
        key = ("questions", identifier)
        missing += missing_keys(row, QuestionSettings, key)
        check = row.get("check")
        if isinstance(check, str) and check in known:
            missing += missing_keys(row, known[check].settings, key)
    return missing


def checks_known(source: Source | None) -> Mapping[str, Check]:
    """The grader's checks, and the assignment's own. Raises AssignmentError."""
    if source is None:
        return CHECKS
    try:
        own = load_code(source).get("CHECKS", {})
    except (Exception, SystemExit) as error:
        raise AssignmentError(f"{describe_error(error)}. Correct it.") from None
    if not isinstance(own, dict):
        own = {"CHECKS": own}
    for name, check in own.items():
        is_check = isinstance(check, Check) and isinstance(check.settings, type)
        if not (is_check and issubclass(check.settings, Settings)):
            problem = f"{name!r} is no Check. Write name: Check(judge, Settings), in a dict."
            raise AssignmentError(f"{source.file}: CHECKS: {problem}")
        if name in CHECKS:
            problem = f"{name!r} is a check of the grader. Give yours another name."
            raise AssignmentError(f"{source.file}: CHECKS: {problem}")
    return {**CHECKS, **own}


def check_questions(
    layers: Layers,
    questions: Mapping[str, Any],
    functions: Mapping[str, Function],
    checks: Source | None,
) -> None:
    """Check the lines of all questions. Raises AssignmentError."""
    known = checks_known(checks)
    earlier: list[str] = []
    for identifier in questions:
        _check_question(layers, identifier, questions, functions, known, earlier)
        earlier.append(identifier)


def _check_question(
    layers: Layers,
    identifier: str,
    questions: Mapping[str, Any],
    functions: Mapping[str, Function],
    known: Mapping[str, Check],
    earlier: Sequence[str],
) -> None:
    """earlier: the questions above this one."""
    values = questions[identifier]
    key: Key = ("questions", identifier)
    short = identifier.partition(".")[0]
    if not _is_name(identifier, functions):
        names = ", ".join(f"{function}.…" for function in functions)
        cure = f"write a function's short name, a dot and a name: {names}"
        layers.complain(key, "is not the name of a question", cure)
    if not isinstance(values, dict):
        layers.complain(key, f"is {values!r}", f"write a value of that kind: {_FORM}")
    row = layers.convert(values, QuestionSettings, key)
    if row.check not in known:
        layers.complain((*key, "check"), f"is {row.check!r}", one_of(row.check, known))
    for need in row.needs:
        if need not in earlier:
            problem = f"names {need!r}, which is no earlier question"
            cure = "name a question that stands above this one"
            near = None if need in questions else near_name(need, earlier)
            layers.complain((*key, "needs"), problem, f"write {near}" if near else cure)
    settings = layers.convert(_settings_of_check(values), known[row.check].settings, key)
    function = functions[short]
    _check_names(layers, key, settings.functions_asked(), functions)
    _check_names(layers, key, settings.questions_asked(), earlier)
    _check_names(layers, key, settings.outputs_asked(), (*function.outputs, *function.derived))
    if isinstance(settings, SlopeSettings) and not settings.gradients_asked(function):
        gradients = [gradient.name for gradient in function.gradients]
        if settings.gradient is None:
            problem = f"asks for a slope, and {function.name} has no gradients"
            layers.complain(key, problem, 'write gradients = { dW = "loss by W" } for it')
        _check_names(layers, key, {"gradient": settings.gradient}, gradients)
    _check_knob(layers, key, settings, function)
    if isinstance(settings, AgreesSettings):
        _check_shared(layers, key, settings, short, functions)
    if isinstance(settings, FasterSettings):
        _check_race(layers, key, settings)


def _is_name(identifier: str, functions: Collection[str]) -> bool:
    short, _, name = identifier.partition(".")
    return short in functions and _NAME.fullmatch(name) is not None


def _check_knob(layers: Layers, key: Key, settings: Settings, function: Function) -> None:
    """A question about the effect of a knob finds it."""
    if not isinstance(settings, EffectSettings):
        return
    if not function.knobs:
        problem = f"asks for the effect of a knob, and {function.name} has none"
        cure = "write [knobs] and use one in the call, or leave the question out"
        layers.complain(key, problem, cure)
    if settings.knob is None and len(function.knobs) > 1:
        problem = f"does not say which knob, and {function.name} has several"
        layers.complain(key, problem, f'add knob = "{function.knobs[0]}", or another of them')
    _check_names(layers, key, {"knob": settings.knob_of(function)}, function.knobs)


def _check_shared(
    layers: Layers,
    key: Key,
    settings: AgreesSettings,
    short: str,
    functions: Mapping[str, Function],
) -> None:
    """Two functions that are compared are different ones, and have outputs in common."""
    others = [each for each in functions if each != short]
    if settings.other == short:
        problem = f"is {short!r}, the function itself"
        cure = one_of(short, others) if others else "leave the question out"
        layers.complain((*key, "with"), problem, cure)
    one, other = functions[short], functions[settings.other]
    shared = {*one.outputs, *one.derived} & {*other.outputs, *other.derived}
    if not shared if settings.output is None else settings.output not in shared:
        problem = f"compares {settings.output}, which {other.name} does not have"
        if settings.output is None:
            problem = f"compares {one.name} with {other.name}, and they have no output in common"
        cure = "give what they both compute one name in outputs, or leave the question out"
        layers.complain(key, problem, cure)


def _check_race(layers: Layers, key: Key, settings: FasterSettings) -> None:
    """A race with another function has inputs."""
    if settings.than is not None and settings.against is None:
        problem = "is missing, which a race with another function (than) needs"
        cure = 'name a series of cases: against = "against" for against.0, against.1, …'
        layers.complain((*key, "against"), problem, cure)


def _check_names(
    layers: Layers, key: Key, names: Mapping[str, str], allowed: Iterable[str]
) -> None:
    """names: setting -> the function, question, output, gradient or knob that it names."""
    allowed = list(allowed)
    for setting, name in names.items():
        if name not in allowed:
            layers.complain((*key, setting), f"is {name!r}", one_of(name, allowed))


def _settings_of_check(values: Mapping[str, Any]) -> dict[str, Any]:
    own = QuestionSettings.__struct_fields__
    return {name: value for name, value in values.items() if name not in own}
