"""What the questions judge: which outputs they look at, by which tolerance, and on which cases."""

from collections.abc import Sequence
from typing import NamedTuple

from msgspec.structs import replace

from grader.checks import settings_for
from grader.checks.compare import relative_error
from grader.checks.effect import STILL, EffectSettings
from grader.checks.settings import OutputSettings
from grader.checks.slope import SlopeSettings
from grader.model import AnswerKey, Case, Function, Question, Tolerances, twin_of

_NEEDS_PROCESS = ("faster",)  # counts operations and CPU time, which mean nothing in this process
_BY_TOLERANCE = ("value", "effect")  # of all checks that judge an output


class Measure(NamedTuple):
    """A number that a tolerance decides: the error of an output, of an effect or of a slope."""

    name: str  # "dW", "dW+reg" or "slope of dW"
    question: Question  # that asks for this alone
    tolerances: tuple[str, str]  # keys in assignment.toml: for work in float64, and in float32
    limits: tuple[float, float]  # their values


def asked_here(key: AnswerKey) -> tuple[Question, ...]:
    """The questions that cost points and can be asked in this process."""
    return tuple(
        question
        for question in key.questions
        if question.points and question.check not in _NEEDS_PROCESS
    )


def needing_process(key: AnswerKey) -> tuple[str, ...]:
    """The questions that can be asked of a submission in a process of its own only."""
    return tuple(each.id for each in key.questions if each.check in _NEEDS_PROCESS)


def advice_in(key: AnswerKey) -> tuple[str, ...]:
    """The other questions that are not asked here, because they cost no points."""
    return tuple(
        each.id for each in key.questions if not each.points and each.check not in _NEEDS_PROCESS
    )


def short_name(question: Question) -> str:
    """The short name of the question's function."""
    return question.id.partition(".")[0]


def outputs_judged(key: AnswerKey, question: Question) -> frozenset[str]:
    """The outputs of its function that a question can fail over.

    A derived output stands for all outputs that it may be computed from.
    """
    definition = key.functions[short_name(question)]
    settings = settings_for(question, key)
    if isinstance(settings, SlopeSettings):
        gradients = settings.gradients_of(definition)
        return frozenset(name for each in gradients for name in (each.name, each.of))
    named = set(settings.outputs_asked().values())
    if not named or named & set(definition.derived):
        return frozenset(definition.outputs)
    return frozenset(named)


def measures_of(key: AnswerKey, question: Question) -> tuple[Measure, ...]:
    """What a tolerance decides in a question; none if none does."""
    definition = key.functions[short_name(question)]
    settings = settings_for(question, key)
    if isinstance(settings, SlopeSettings):
        tolerances = ("slope", "slope_single_precision")
        return tuple(
            Measure(
                f"slope of {each.name}",
                _with_settings(question, gradient=each.name),
                tolerances,
                _limits(key.tolerances, tolerances),
            )
            for each in settings.gradients_of(definition)
        )
    if question.check not in _BY_TOLERANCE or not isinstance(settings, OutputSettings):
        return ()
    outputs = settings.outputs_of(key, definition)
    if not isinstance(settings, EffectSettings):
        return tuple(_measure(key, question, output, None) for output in outputs)
    knob = settings.knob_of(definition)
    return tuple(
        _measure(key, question, output, knob)
        for output in outputs
        if any(_moves(key, name, knob, output) for name in settings.cases)
    )


def cases_of(key: AnswerKey, questions: Sequence[Question]) -> list[Case]:
    """The cases that the questions use, with the twins, each once."""
    names: list[str] = []
    for question in questions:
        settings = settings_for(question, key)
        knobs = settings.knobs_asked(key.functions[short_name(question)])
        for name in settings.cases_asked():
            names += [name, *(twin_of(name, knob) for knob in knobs)]
    return [key.cases[name] for name in dict.fromkeys(names)]


def cases_with_inputs(cases: Sequence[Case], definition: Function) -> list[Case]:
    """Those of the cases that the function can be asked about."""
    return [case for case in cases if definition.can_take(case.inputs)]


def _moves(key: AnswerKey, case: str, knob: str, output: str) -> bool:
    """Whether turning up the knob changes the right output of a case at all."""
    turned_up, at_rest = key.expected[twin_of(case, knob)], key.expected[case]
    return relative_error(turned_up[output], at_rest[output]) > STILL


def _measure(key: AnswerKey, question: Question, output: str, knob: str | None) -> Measure:
    own = f"outputs.{output}" if output in key.tolerances.outputs else "value"
    return Measure(
        output if knob is None else f"{output}+{knob}",
        _with_settings(question, output=output),
        (own, "single_precision"),
        (key.tolerances.of(output), key.tolerances.single_precision),
    )


def _with_settings(question: Question, **settings: str) -> Question:
    return replace(question, settings={**question.settings, **settings})


def _limits(tolerances: Tolerances, names: tuple[str, str]) -> tuple[float, float]:
    double, single = (float(getattr(tolerances, name)) for name in names)
    return double, single
