"""Outputs that the grader computes from a function's inputs and outputs, by code of the course.

They are for answers that are not unique: a vector up to its sign, or the residual of a solution.
The arguments of `def residual(A, vector)` are inputs, outputs, or derived outputs before it.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from grader.checks.course_code import arguments_of, load_code
from grader.model import Array, Function, Message, Source, SubmissionError, Values, require


def add_derived(
    definition: Function,
    source: Source | None,
    inputs: Values,
    values: Mapping[str, Array | SubmissionError],
) -> dict[str, Array | SubmissionError]:
    """Return the outputs with the function's derived ones.

    One that cannot be computed is a SubmissionError, as is one of an output that is an error.
    """
    results = dict(values)
    for name in definition.derived:
        try:
            results[name] = derive(name, source, inputs, results)
        except SubmissionError as error:
            results[name] = error
        except (Exception, SystemExit) as error:  # the numbers may be anything; not our code
            results[name] = derived_failed(name, type(error).__name__)
    return results


def derived_failed(output: str, exception: str) -> SubmissionError:
    """The error of a derived output that cannot be computed, or has a wrong shape."""
    return SubmissionError(Message("derived_failed", {"output": output, "exception": exception}))


def outputs_to_compare(definition: Function, source: Source | None) -> tuple[str, ...]:
    """The outputs to judge if a question names none.

    An output that a derived one is computed from need not be unique: it is judged by that alone.
    """
    arguments = {
        argument for name in definition.derived for argument in arguments_of(_code(source, name))
    }
    outputs = (*definition.outputs, *definition.derived)
    return tuple(output for output in outputs if output not in arguments)


@np.errstate(all="ignore")
def derive(
    name: str,
    source: Source | None,
    inputs: Values,
    values: Mapping[str, Array | SubmissionError],
) -> Array:
    """Compute one derived output. Raises what the course's code raises, or SubmissionError.

    values: the outputs and the derived ones before it.
    """
    code = _code(source, name)
    arguments = []
    for argument in arguments_of(code):
        array = inputs[argument] if argument in inputs else require(values[argument])
        # A copy: the code may change it, and the inputs belong to all submissions.
        arguments.append(array.copy() if array.ndim else array.item())
    value = np.asarray(code(*arguments))
    if value.dtype.kind == "c":  # numpy would drop the imaginary part
        raise TypeError("a derived output that is complex")
    return np.array(value, float)


def _code(source: Source | None, name: str) -> Any:
    assert source is not None, name
    return load_code(source)[name]
