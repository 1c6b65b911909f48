"""The inputs of an assignment: drawn by its cases.py, turned to its form, and given twins.

What a question needs of its cases is checked here, before anything is graded.
"""

from collections.abc import Iterable, Mapping
from typing import NoReturn, TypeAlias

import numpy as np

from grader.assignment.course_files import error_in, load_module
from grader.assignment.functions import Knob
from grader.assignment.layers import SETTINGS, one_of
from grader.assignment.modules import in_asked_form
from grader.assignment.reference import SMALL
from grader.assignment.settings import Assignment, AssignmentError
from grader.checks.shapes import ShapeError, as_declared, dtype_of, lengths_of
from grader.model import Array, Values, twin_of

CASES_FILE = "cases.py"
FIXED = "FIXED"  # names in cases.py the cases that are the same for every seed
_KNOB_DIGITS = 4  # so that a student can type a knob's value

Cases: TypeAlias = dict[str, dict[str, Array]]  # name -> input -> array


class CaseSource:
    """cases.py of an assignment, which draws the cases."""

    def __init__(self, assignment: Assignment) -> None:
        """Raises AssignmentError."""
        self.assignment = assignment
        self.path = assignment.path(CASES_FILE)
        self.module = load_module(self.path)
        fixed = getattr(self.module, FIXED, ())
        if isinstance(fixed, str):
            raise AssignmentError(
                f'{self.path}: {FIXED} is {fixed!r}. Write the names in brackets: ["{fixed}"].'
            )
        self.fixed = tuple(fixed)
        if not hasattr(self.module, "cases"):
            raise AssignmentError(
                f"{self.path}: there is no function cases. "
                "Write cases(random), which returns name -> {input: value}."
            )

    def draw(self, random: "np.random.Generator") -> Cases:
        """Call cases(random), and return the cases as students receive them. No twins are in it.

        Raises AssignmentError.
        """
        try:
            drawn = dict(self.module.cases(random))
        except (Exception, SystemExit) as error:
            raise error_in(self.path, error, "cases(random) gives no cases") from None
        if not drawn:
            raise AssignmentError(f"{self.path}: cases(random) gives no cases. Make some.")
        cases = {str(name): self._case(str(name), inputs) for name, inputs in drawn.items()}
        return {name: in_asked_form(self.assignment, inputs) for name, inputs in cases.items()}

    def require_random(self, seed: int, drawn: Cases) -> None:
        """Raise AssignmentError unless the cases come from the generator that they are given.

        drawn: the first cases of this seed. The same seed must give them again, and another seed
        others; a case that is the same by nature is named in FIXED.
        """
        again = self.draw(np.random.default_rng(seed))
        changed = [name for name in drawn if not _equal(drawn[name], again.get(name, {}))]
        if changed or again.keys() != drawn.keys():
            raise AssignmentError(
                f"{self.path}: two calls with one seed give different cases "
                f"({_first_few(changed or again.keys() ^ drawn.keys())}). "
                "Draw from the argument random alone."
            )
        other = self.draw(np.random.default_rng(seed + 1))
        for name in self.fixed:
            if name not in drawn:
                raise AssignmentError(
                    f"{self.path}: {FIXED} names {name!r}, which is no case. "
                    f"Cure: {one_of(name, drawn)}, or remove it."
                )
        same = [name for name in drawn if _equal(drawn[name], other.get(name, {}))]
        same = [name for name in same if name not in self.fixed]
        if same:
            raise AssignmentError(
                f"{self.path}: every seed gives the same numbers for {_first_few(same)}: whoever "
                "knows them needs no program. Draw them from the argument random. Only cases that "
                f'are equal by nature may stay so: name those in {FIXED} = ("name",).'
            )

    def _case(self, name: str, inputs: object) -> dict[str, Array]:
        """Convert a case to arrays of the declared axes, knobs at rest. Raises AssignmentError."""
        declared = self.assignment.inputs
        place = f"{self.path}: case {name!r}"
        if not isinstance(inputs, dict):
            raise AssignmentError(
                f"{place} is no dict of inputs. Make it one: "
                f"{{{', '.join(f'{each!r}: …' for each in declared)}}}."
            )
        arrays: dict[str, Array] = {}
        for each, value in inputs.items():
            if each not in declared:
                raise AssignmentError(
                    f"{place}: {each!r} is no input. Cure: {one_of(str(each), declared)}."
                )
            try:
                arrays[each] = as_declared(declared[each], value)
            except (TypeError, ValueError) as error:
                raise AssignmentError(
                    f"{place}: {each} is not what [inputs] declares, {declared[each]!r} ({error}). "
                    "Make it that."
                ) from None
        for knob in self.assignment.knobs:
            arrays.setdefault(knob, as_declared(declared[knob], 0))
        ordered = {each: arrays[each] for each in declared if each in arrays}
        try:
            lengths_of(declared, ordered)
        except ShapeError as error:
            raise AssignmentError(f"{place}: {error}. Make the axes fit [inputs].") from None
        return ordered


def turned_up(assignment: Assignment, seed: int) -> dict[str, Array]:
    """The value of each knob in the twins of all cases: a number, or drawn from its range."""
    random = np.random.default_rng(seed).spawn(1)[0]
    return {
        name: _value_of_knob(random, assignment.inputs[name], knob)
        for name, knob in assignment.knobs.items()
    }


def with_twins(
    assignment: Assignment, drawn: Cases, values: Values, wanted: Mapping[str, Iterable[str]]
) -> Cases:
    """Return the cases, each followed by its twins.

    values: of the knobs when turned up. wanted: case -> the knobs that need a twin of it.
    Raises AssignmentError if cases.py has made a twin itself.
    """
    cases: Cases = {}
    for name, inputs in drawn.items():
        cases[name] = inputs
        for knob in wanted.get(name, ()):
            twin = twin_of(name, knob)
            if twin in drawn:
                raise AssignmentError(
                    f"{assignment.path(CASES_FILE)}: case {twin!r} is the twin of {name!r}, which "
                    "the grader makes. Leave it out."
                )
            cases[twin] = {**inputs, knob: values[knob]}
    return cases


def is_small(inputs: Values) -> bool:
    return sum(array.size for array in inputs.values()) <= SMALL


def complain_of_question(
    assignment: Assignment, question: str, problem: str, cure: str
) -> NoReturn:
    """Raise AssignmentError about the cases of a question."""
    file = assignment.folders[0] / SETTINGS
    raise AssignmentError(f'{file}: questions."{question}": {problem}. Cure: {cure}.')


def _value_of_knob(random: "np.random.Generator", declaration: str, knob: Knob) -> Array:
    whole = dtype_of(declaration) == "<i8"
    if not isinstance(knob, tuple):
        return as_declared(declaration, int(knob) if whole else knob)
    low, high = knob
    if whole:
        return as_declared(declaration, random.integers(int(low), int(high), endpoint=True))
    return as_declared(declaration, round(random.uniform(low, high), _KNOB_DIGITS))


def _equal(one: Values, other: Values) -> bool:
    return one.keys() == other.keys() and all(
        np.array_equal(one[name], other[name], equal_nan=True) for name in one
    )


def _first_few(names: Iterable[str], most: int = 4) -> str:
    listed = list(names)
    return ", ".join(listed[:most]) + (", …" if len(listed) > most else "")
