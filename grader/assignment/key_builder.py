"""Makes an answer key of drawn cases: twins, right answers, directions, and what questions need."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from grader.assignment.cases import (
    Cases,
    complain_of_question,
    is_small,
    turned_up,
    with_twins,
)
from grader.assignment.conventions import is_turned
from grader.assignment.directions import Refusal, plain_directions, safe_directions
from grader.assignment.layers import near_name, one_of
from grader.assignment.questions import questions_of
from grader.assignment.reference import SMALL, Reference, answers, load_baseline
from grader.assignment.settings import Assignment, module_versions
from grader.checks import settings_for
from grader.checks.effect import EffectSettings
from grader.checks.growth import growth_cases
from grader.checks.settings import Settings, ValueSettings
from grader.checks.shapes import letters_in
from grader.model import AnswerKey, Array, Case, Function, Question, Source, twin_of


class _AskedQuestion(NamedTuple):
    """A question with what it asks for."""

    question: Question
    settings: Settings
    function: Function


class KeyBuilder:
    """What of a key does not depend on the drawn cases, and the making of the rest."""

    def __init__(
        self, assignment: Assignment, seed: int, words: dict[str, Any], fixed: Sequence[str]
    ) -> None:
        """words: the assignment's own messages. fixed: cases that are the same for every seed.

        Raises AssignmentError.
        """
        self.assignment, self.seed, self.words = assignment, seed, words
        self.fixed = fixed
        self.reference = Reference(assignment)
        self.checks = assignment.checks()
        self.questions = questions_of(assignment.questions, assignment.functions)
        self.asked = [
            _AskedQuestion(
                question,
                settings_for(question, self.checks),
                assignment.functions[question.id.partition(".")[0]],
            )
            for question in self.questions
        ]
        self.knobs = turned_up(assignment, seed)
        self.random = np.random.default_rng([seed, 1])

    def key_of(self, drawn: Cases) -> AnswerKey | Refusal:
        """Make the key of these cases, without signatures.

        A Refusal if the reference passes too few slopes of a case: another one has to be drawn.
        Raises AssignmentError if questions, cases and reference do not fit together.
        """
        assignment = self.assignment
        for asked in self.asked:
            self._require_cases(asked, drawn)
        cases = with_twins(assignment, drawn, self.knobs, self._twins(drawn))
        expected = {
            name: answers(self.reference, name, inputs, is_small(inputs))
            for name, inputs in cases.items()
        }
        self._require_effects(expected)
        directions = self._directions(cases, expected)
        if isinstance(directions, Refusal):
            return directions
        by_name = {name: Case(name, inputs) for name, inputs in cases.items()}
        key = AnswerKey(
            assignment=assignment.name,
            files=assignment.files,
            functions=assignment.functions,
            questions=self.questions,
            tolerances=assignment.tolerances,
            limits=assignment.limits,
            inputs=assignment.inputs_asked,
            knobs=tuple(assignment.knobs),
            cases=by_name,
            expected=expected,
            directions=directions,
            baseline=self._baseline(by_name),
            signatures=None,
            checks=self.checks,
            derived=assignment.derived(),
            words=self.words,
            lines=assignment.lines,
            conventions=assignment.choices,
            reveal=assignment.reveal,
            seed=str(self.seed),
            modules=module_versions(assignment.modules),
        )
        self._require_growth(key)
        return key

    def _require_cases(self, asked: _AskedQuestion, drawn: Cases) -> None:
        """Raise AssignmentError unless a question finds its cases, of the kind that it needs."""
        question, settings, _ = asked
        for name in settings.cases_asked():
            problem = _problem_with_case(asked, name, drawn)
            if problem:
                complain_of_question(self.assignment, question.id, *problem)
        for kind, names in settings.lists_of_cases().items():
            if names and all(name in self.fixed for name in names):
                complain_of_question(
                    self.assignment,
                    question.id,
                    f"all its {kind} are the same for every seed",
                    "add one that cases.py draws",
                )
        if isinstance(settings, ValueSettings):
            self._require_larger(asked, settings, drawn)

    def _require_larger(self, asked: _AskedQuestion, settings: ValueSettings, drawn: Cases) -> None:
        """Raise AssignmentError unless the larger cases are: what is wrong there is told so."""
        sizes = {
            name: sum(drawn[name][each].size for each in asked.function.inputs)
            for name in settings.cases_asked()
        }
        for name in settings.larger:
            if sizes[name] <= max(sizes[each] for each in settings.cases):
                complain_of_question(
                    self.assignment,
                    asked.question.id,
                    f"larger: case {name!r} holds no more numbers than those of cases",
                    "name a larger one, or write it into cases",
                )

    def _require_effects(self, expected: Mapping[str, Mapping[str, Array]]) -> None:
        """Raise AssignmentError if a question asks for the effect of a knob that has none."""
        for question, settings, function in self.asked:
            if not isinstance(settings, EffectSettings):
                continue
            knob = settings.knob_of(function)
            moved = [
                output
                for name in settings.cases
                for output in (*function.outputs, *function.derived)
                if not np.array_equal(expected[name][output], expected[twin_of(name, knob)][output])
            ]
            if not moved:
                complain_of_question(
                    self.assignment,
                    question.id,
                    f"the reference gives the same outputs of {function.name} whatever {knob} is",
                    f"use {knob} in the reference, or leave the question out",
                )

    def _twins(self, drawn: Cases) -> dict[str, list[str]]:
        """Case -> the knobs whose twin it needs: for effects, for the diagnosis, as the probe."""
        wanted: dict[str, set[str]] = {name: set() for name in drawn}
        for _, settings, function in self.asked:
            for name in settings.cases_asked():
                wanted[name].update(settings.knobs_asked(function))
            for name in settings.cases_diagnosed():
                if is_small(drawn[name]):
                    wanted[name].update(function.knobs)
        first = next(iter(drawn))
        for function in self.assignment.functions.values():
            if function.can_take(drawn[first]):
                wanted[first].update(function.knobs)
        order = list(self.assignment.knobs)
        return {name: sorted(knobs, key=order.index) for name, knobs in wanted.items()}

    def _directions(
        self, cases: Cases, expected: dict[str, dict[str, Array]]
    ) -> dict[str, dict[str, Array]] | Refusal:
        """Directions of each array output of the small cases, and of all slopes that are asked."""
        assignment, slopes = self.assignment, self._slopes()
        directions: dict[str, dict[str, Array]] = {}
        for name, inputs in cases.items():
            of_case: dict[str, Array] = {}
            for output, value in expected[name].items():
                functions = slopes.get((name, output))
                if functions:
                    gradients = {each.name: each for each in functions[0].gradients}
                    safe = safe_directions(
                        self.random,
                        self.reference,
                        functions,
                        gradients[output],
                        name,
                        inputs,
                        assignment.tolerances,
                    )
                    if isinstance(safe, Refusal):
                        return safe
                    of_case[output] = safe
                elif value.ndim and is_small(inputs):
                    turned = is_turned(assignment.conventions, assignment.choices, output)
                    of_case[output] = plain_directions(self.random, value.shape, turned)
            if of_case:
                directions[name] = of_case
        return directions

    def _slopes(self) -> dict[tuple[str, str], list[Function]]:
        """(case, gradient) -> the functions that are asked for its slope."""
        slopes: dict[tuple[str, str], list[Function]] = {}
        for _, settings, function in self.asked:
            for gradient in settings.gradients_asked(function):
                for name in settings.cases_asked():
                    slopes.setdefault((name, gradient), []).append(function)
        return slopes

    def _baseline(self, cases: dict[str, Case]) -> Source | None:
        timed = [
            cases[name]
            for _, settings, _ in self.asked
            if settings.needs_baseline()
            for name in settings.cases_asked()
        ]
        return load_baseline(self.assignment, timed) if timed else None

    def _require_growth(self, key: AnswerKey) -> None:
        """Raise AssignmentError unless two cases differ in each letter that a question is about."""
        for question, settings, function in self.asked:
            for letter in settings.letters_asked():
                self._require_letter(key, question, function, letter, settings)

    def _require_letter(
        self,
        key: AnswerKey,
        question: Question,
        function: Function,
        letter: str,
        settings: Settings,
    ) -> None:
        letters = letters_in(self.assignment.inputs[name] for name in function.inputs)
        if letter not in letters:
            problem = f"grows: is {letter!r}, which is no letter of the inputs of {function.name}"
            complain_of_question(self.assignment, question.id, problem, one_of(letter, letters))
        if growth_cases(key, function, letter, tuple(getattr(settings, "cases", ()))) is None:
            complain_of_question(
                self.assignment,
                question.id,
                f"no two cases differ in {letter} alone, by a factor of 2 or more",
                "let cases.py make such a pair, with all other axes of the same lengths",
            )


def _problem_with_case(asked: _AskedQuestion, name: str, drawn: Cases) -> tuple[str, str] | None:
    """Why a question cannot use a case, and the cure; None if it can."""
    _, settings, function = asked
    if name not in drawn:
        near = near_name(name, drawn)
        cure = f"name {near}, or another" if near else "name one"
        return f"there is no case {name!r}", f"{cure} that cases.py makes, or add it there"
    inputs = drawn[name]
    lacking = [each for each in function.inputs if each not in inputs]
    if lacking:
        problem = f"case {name!r} has no {', '.join(lacking)}, which {function.name} needs"
        return problem, "let cases.py add it, or name another case"
    floats = {each: inputs[each] for each in function.inputs if inputs[each].dtype.kind == "f"}
    if settings.needs_whole_numbers():
        fractions = [each for each, array in floats.items() if (array % 1 != 0).any()]
        if fractions:
            problem = f"case {name!r} holds fractions in {' and '.join(fractions)}"
            return problem, "name one whose inputs hold whole numbers"
    if settings.gradients_asked(function) and not is_small(inputs):
        problem = f"case {name!r} is too large here"
        return problem, f"name one with at most {SMALL} numbers in its inputs"
    return None
