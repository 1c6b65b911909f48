"""In what ways a course may write the same functions: [conventions.NAME] in assignment.toml.

Cases, stages and mistakes are written for the first choice of each convention. The grader turns
their arrays to what an assignment asks for. Nothing outside of this room knows about choices.
"""

from collections.abc import Mapping
from typing import Annotated, Any, TypeAlias

from msgspec import Meta, Struct

from grader.assignment.layers import Layers, one_of
from grader.checks.shapes import letters_of
from grader.model import Array, Values


class Convention(Struct, frozen=True, forbid_unknown_fields=True):
    """One thing that courses write in different ways."""

    choices: Annotated[tuple[str, ...], Meta(min_length=1)]
    # Inputs and outputs whose axes have the reverse order in all choices but the first.
    transposed: tuple[str, ...] = ()
    # Inputs that have to be multiplied to get from one choice to another: the choices are numbers.
    scaled: tuple[str, ...] = ()


Conventions: TypeAlias = Mapping[str, Convention]
Choices: TypeAlias = Mapping[str, str]  # convention -> choice


def read_conventions(layers: Layers, table: object) -> dict[str, Convention]:
    """Check the table [conventions]. Raises AssignmentError."""
    if not isinstance(table, dict):
        layers.complain(("conventions",), f"is {table!r}", "write a table [conventions.NAME]")
    conventions = {}
    for name, values in table.items():
        key = ("conventions", name)
        if not isinstance(values, dict):
            cure = 'write a value of that kind: { choices = ["one", "other"] }'
            layers.complain(key, f"is {values!r}", cure)
        convention = layers.convert(values, Convention, key)
        for choice in convention.choices:
            if convention.scaled and not (_is_number(choice) and float(choice) > 0):
                problem = f"needs choices that are numbers above 0, and {choice!r} is none"
                layers.complain((*key, "scaled"), problem, "write such choices, or leave it out")
        conventions[name] = convention
    return conventions


def read_choice(layers: Layers, name: str, convention: Convention, value: Any) -> str:
    """Return the choice that an assignment makes. value: of its key. Raises AssignmentError."""
    for choice in convention.choices:
        if value == choice:
            return choice
        is_number = isinstance(value, int | float | str) and not isinstance(value, bool)
        if is_number and _is_number(choice) and _is_number(value) and float(choice) == float(value):
            return choice
    raise layers.error((name,), f"is {value!r}", one_of(str(value), convention.choices))


def as_value(choice: str) -> float | str:
    """A choice as stages receive it: a number if it looks like one."""
    return float(choice) if _is_number(choice) else choice


def is_turned(conventions: Conventions, choices: Choices, name: str) -> bool:
    """Whether the axes of an input or output have the reverse order of the first choices'."""
    turned = [
        convention
        for key, convention in conventions.items()
        if name in convention.transposed and choices[key] != convention.choices[0]
    ]
    return len(turned) % 2 == 1


def in_form(conventions: Conventions, choices: Choices, values: Values) -> dict[str, Array]:
    """Turn arrays from the first choices to these, or back."""
    return {
        name: array.T if is_turned(conventions, choices, name) else array
        for name, array in values.items()
    }


def declared_in_form(
    conventions: Conventions, choices: Choices, inputs: Mapping[str, str]
) -> dict[str, str]:
    """Return the declarations of inputs, written for the first choices, for these choices."""
    declared = {}
    for name, declaration in inputs.items():
        letters = letters_of(declaration)
        if letters and is_turned(conventions, choices, name):
            axes = " x ".join(letters)
            declaration = declaration.replace(axes, " x ".join(reversed(letters)), 1)
        declared[name] = declaration
    return declared


def scale_between(conventions: Conventions, written: Choices, asked: Choices, name: str) -> float:
    """By what an input is multiplied for code of other choices to give what is asked for."""
    scale = 1.0
    for key, convention in conventions.items():
        if name in convention.scaled and written[key] != asked[key]:
            scale *= float(asked[key]) / float(written[key])
    return scale


def _is_number(value: Any) -> bool:
    try:
        float(value)
    except (TypeError, ValueError):
        return False
    return True
