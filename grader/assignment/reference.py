"""The reference and the baseline of an assignment: trusted Python, run in this process and checked.

The reference is written for the choices of the assignment.toml in its own folder, so it can be
handed in as it stands. An assignment that extends it may ask for other choices: its inputs and
outputs are then turned, and scaled, on the way.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import FunctionType
from typing import Any

import numpy as np
from msgspec.structs import replace

from grader.assignment.conventions import is_turned, read_choice, scale_between
from grader.assignment.course_files import describe_error, error_in, line_in, load_module
from grader.assignment.layers import Layers, one_of
from grader.assignment.reference_files import load_files
from grader.assignment.settings import DERIVED_FILE, Assignment, AssignmentError
from grader.checks.cell import run_call
from grader.checks.course_code import arguments_of, load_code
from grader.checks.derived import add_derived, derive, outputs_to_compare
from grader.model import (
    Array,
    Case,
    Function,
    Source,
    SourceFile,
    SubmissionError,
    Values,
    require,
)

BASELINE_FILE = "baseline.py"
SMALL = 4096  # numbers in a case. Up to this size all functions of the reference are compared
AGREEMENT = 1e-9  # relative: how far the reference's own functions may differ


class Reference:
    """The functions of the reference, called as students' functions are."""

    def __init__(self, assignment: Assignment) -> None:
        """Load the reference. Raises AssignmentError."""
        self.assignment = assignment
        self.paths = [assignment.path(name) for name in assignment.file_names]
        self.names = load_files(self.paths, assignment.files)
        self.written = own_choices(assignment, self.paths[0].parent)
        self.derived = assignment.derived()
        for function in assignment.functions.values():
            for name in function.names:
                if name not in self.names:
                    self._complain_of_missing(name)
            _require_derived(assignment, function, self.derived)

    @property
    def place(self) -> Path:
        """Its file, or the folder of several, for messages."""
        return self.paths[0] if len(self.paths) == 1 else self.paths[0].parent

    def run(self, function: Function, inputs: Values) -> dict[str, Array]:
        """Return the outputs of a case, with the derived ones.

        inputs: as students receive them. Raises AssignmentError if the reference gives no answer.
        """
        try:
            return self.call(function, inputs)
        except AssignmentError:
            raise
        except (Exception, SystemExit) as error:
            raise self._error_of(function, error) from None

    def call(self, function: Function, inputs: Values) -> dict[str, Array]:
        """The same, but an exception of the reference passes through it."""
        turned = {name: self._as_written(name, inputs[name]) for name in function.inputs}
        # Some BLAS raise warnings for numbers that are in order.
        with np.errstate(all="ignore"):
            outputs = run_call(function, self.names, turned)
        own = {name: self._turn(name, array) for name, array in outputs.items()}
        values = add_derived(function, self.derived, inputs, own)
        for name, value in values.items():
            if isinstance(value, SubmissionError):
                why = value.message.code
                try:
                    derive(name, self.derived, inputs, values)
                except (Exception, SystemExit) as error:
                    why = describe_error(error)
                path = self.assignment.path(DERIVED_FILE)
                raise AssignmentError(f"{path}: {name} gives no number ({why}). Correct it.")
        return {name: require(value) for name, value in values.items()}

    def _as_written(self, name: str, array: Array) -> Array:
        """An input as the reference's own convention has it: a copy that a call may change."""
        scale = self._scale(name)
        array = self._turn(name, array)
        return np.array(array * array.dtype.type(scale) if scale != 1 else array, order="C")

    def _turn(self, name: str, array: Array) -> Array:
        """Turn an array from the assignment's form to the reference's, or back."""
        return array.T if self._is_turned(name) else array

    def _is_turned(self, name: str) -> bool:
        return _differs(self.assignment, self.written, name)

    def _scale(self, name: str) -> float:
        return _scale(self.assignment, self.written, name)

    def _complain_of_missing(self, name: str) -> None:
        public = [
            each
            for each, value in self.names.items()
            if callable(value) and not each.startswith("_")
        ]
        file = " or ".join(map(str, self.paths))
        raise AssignmentError(
            f"{file}: the reference has no {name!r}, which [functions] asks for. "
            f"Write it, or correct the name: {one_of(name, public)}."
        )

    def _error_of(self, function: Function, error: BaseException) -> AssignmentError:
        for path in self.paths:
            if line_in(path, error):
                return error_in(path, error, f"{function.name} gives no answer")
        what = f"{type(error).__name__}: {error}"
        return AssignmentError(
            f"{self.place}: the call of {function.name} fails on the reference ({what}). "
            f"Correct functions.{function.short}.call, or the reference."
        )


def reference_source(assignment: Assignment) -> Source:
    """Return the reference as a program that can be graded as it stands. Raises AssignmentError.

    Where it is written for other choices than those that the assignment asks for, the calls turn
    its inputs and outputs on the way.
    """
    reference = Reference(assignment)
    first, *more = [SourceFile(path.name, path.read_bytes()) for path in reference.paths]
    functions = tuple(turned_functions(assignment, reference.written).values())
    return Source(first.file, first.text, functions, tuple(more))


def turned_functions(assignment: Assignment, written: Mapping[str, str]) -> dict[str, Function]:
    """The functions of an assignment, by short name, for code that is written for other choices.

    written: convention -> choice. Lines around a call turn and scale what needs it.
    """
    return {
        short: replace(function, call=_turned_call(assignment, written, function))
        for short, function in assignment.functions.items()
    }


def own_choices(
    assignment: Assignment, folder: Path, settings: Sequence[str] = ()
) -> dict[str, str]:
    """The choices of the assignment.toml in a folder: the code beside it is written for them.

    settings: KEY=VALUE, where a piece of code is written for others. Raises AssignmentError.
    """
    conventions = assignment.conventions
    if not conventions:
        return {}
    layers = Layers(folder, settings)
    values = layers.merged()
    return {
        name: read_choice(layers, name, convention, values.get(name, convention.choices[0]))
        for name, convention in conventions.items()
    }


def answers(reference: Reference, case: str, inputs: Values, is_small: bool) -> dict[str, Array]:
    """Return the right outputs of a case, of all functions that it has the inputs for.

    An output comes from the last function that gives it. In a small case, all functions that give
    it must agree, unless a derived output stands for it. Raises AssignmentError.
    """
    functions = [each for each in reference.assignment.functions.values() if each.can_take(inputs)]
    right: dict[str, Array] = {}
    answered: set[str] = set()
    for function in reversed(functions):
        own = {*function.outputs, *function.derived}
        if not is_small and own <= answered:
            continue
        outputs = reference.run(function, inputs)
        unique = outputs_to_compare(function, reference.derived)
        for name, value in outputs.items():
            place = f"{reference.place}: {function.name}: {name}"
            if name not in right:
                _check_output(reference.assignment, place, case, name, value, inputs, function)
                right[name] = value
            elif is_small and name in unique and not _agree(value, right[name]):
                raise AssignmentError(
                    f"{place} of case {case!r} does not agree with the reference's other "
                    "functions. Correct one of them."
                )
        answered |= own
    order = [name for each in functions for name in (*each.outputs, *each.derived)]
    return {name: right[name] for name in dict.fromkeys(order)}


def load_baseline(assignment: Assignment, cases: Sequence[Case]) -> Source:
    """Read baseline.py and try its function on these cases. Raises AssignmentError.

    It is called work, or work_CHOICE for a convention that transposes. Its arguments are inputs.
    """
    path = assignment.path(BASELINE_FILE)
    names = vars(load_module(path))
    function = _baseline_in(names, path, assignment)
    for case in cases:
        inputs = {name: array.copy() for name, array in case.inputs.items()}
        try:
            with np.errstate(all="ignore"):
                run_call(function, names, inputs)
        except (Exception, SystemExit) as error:
            problem = f"{function.name} fails on case {case.name!r}"
            raise error_in(path, error, problem) from None
    return Source(path.name, path.read_bytes(), (function,))


def _baseline_in(names: Mapping[str, Any], path: Path, assignment: Assignment) -> Function:
    """The function of baseline.py for the choices that are asked for. names: what it defines."""
    candidates = ["work"]
    for convention, choice in assignment.choices.items():
        if assignment.conventions[convention].transposed:
            candidates.insert(0, f"work_{choice}")
    name = next((name for name in candidates if name in names), None)
    if name is None:
        raise AssignmentError(
            f"{path}: there is no function {candidates[0]}. Write it, with inputs as its arguments."
        )
    arguments = arguments_of(names[name])
    for argument in arguments:
        if argument not in assignment.inputs:
            raise AssignmentError(
                f"{path}: the argument {argument!r} of {name} is no input. "
                f"Cure: {one_of(argument, assignment.inputs)}."
            )
    call = f"{name}({', '.join(arguments)})"
    return Function("baseline", name, call, arguments, (), (name,))


def _require_derived(assignment: Assignment, function: Function, source: Source | None) -> None:
    """Raise AssignmentError unless derived.py has the functions of the derived outputs."""
    if not function.derived:
        return
    assert source is not None  # read_assignment has checked that
    path = assignment.path(DERIVED_FILE)
    try:
        code = load_code(source)
    except (Exception, SystemExit) as error:
        raise AssignmentError(f"{describe_error(error)}. Correct it.") from None
    known = [*assignment.inputs, *function.outputs]
    for name in function.derived:
        stage = code.get(name)
        if not isinstance(stage, FunctionType):
            public = [each for each in code if isinstance(code[each], FunctionType)]
            raise AssignmentError(
                f"{path}: there is no function {name!r}, which functions.{function.short}.derived "
                f"names. Write it: {one_of(name, public)}."
            )
        for argument in arguments_of(stage):
            if argument not in known:
                raise AssignmentError(
                    f"{path}: the argument {argument!r} of {name} is no input and no output of "
                    f"{function.name} that comes before it. Cure: {one_of(argument, known)}."
                )
        known.append(name)


def _check_output(
    assignment: Assignment,
    place: str,
    case: str,
    name: str,
    value: Array,
    inputs: Values,
    function: Function,
) -> None:
    """Raise AssignmentError unless an output is finite, and has the shape of what it is."""
    if not np.isfinite(value).all():
        raise AssignmentError(f"{place} of case {case!r} is not finite. Correct it, or the case.")
    for gradient in function.gradients:
        shape = None
        if gradient.name == name:
            shape, of = inputs[gradient.by].shape, gradient.by
        elif gradient.of == name and gradient.along is None:
            shape, of = (), f"a number, since {gradient.name} is its derivative"
        elif gradient.of == name and gradient.along is not None:
            shape, of = inputs[gradient.along].shape, gradient.along
        if shape is not None and value.shape != shape:
            raise AssignmentError(
                f"{place} of case {case!r} has shape {value.shape}. Make it {shape}, as {of}; "
                f"or correct functions.{function.short}.gradients.{gradient.name}."
            )


def _agree(one: Array, other: Array) -> bool:
    floor = AGREEMENT if one.ndim else 0
    return one.shape == other.shape and np.allclose(one, other, AGREEMENT, floor)


def _turned_call(assignment: Assignment, written: Mapping[str, str], function: Function) -> str:
    before = []
    for name in function.inputs:
        if _differs(assignment, written, name):
            before.append(f"{name} = {name}.T")
        scale = _scale(assignment, written, name)
        if scale != 1:
            before.append(f"{name} = {name} * {scale!r}")
    turned = [name for name in function.outputs if _differs(assignment, written, name)]
    after = [f"{name} = {name}.T" for name in turned]
    return "\n".join([*before, function.call, *after])


def _differs(assignment: Assignment, written: Mapping[str, str], name: str) -> bool:
    """Whether code has the axes of this array in another order than the assignment asks for."""
    conventions, asked = assignment.conventions, assignment.choices
    return is_turned(conventions, asked, name) != is_turned(conventions, written, name)


def _scale(assignment: Assignment, written: Mapping[str, str], name: str) -> float:
    """By what an input is multiplied for code to give what the assignment asks for."""
    return scale_between(assignment.conventions, written, assignment.choices, name)
