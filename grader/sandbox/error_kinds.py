"""What kind of error Python or numpy reports: the kinds that messages have advice for.

A kind is known by the exception and the words that Python 3.10 to 3.14 and numpy use. Anything else
has none, and a report then gives no advice but to look at the line.
"""

import re
from typing import NamedTuple


class _Row(NamedTuple):
    kind: str  # the name of its advice in [errors] of the messages
    exceptions: tuple[str, ...]
    words: re.Pattern[str]  # searched for in the exception's text


def _row(kind: str, exceptions: str, words: str) -> _Row:
    return _Row(kind, tuple(exceptions.split()), re.compile(words))


# numpy raises the first where np.seterr asks for it; Python the second where a filter of warnings
# does.
_FLOATING = "FloatingPointError RuntimeWarning"
_ERRORS = (
    _row("none_value", "TypeError AttributeError", r"\bNoneType\b"),
    _row(
        "arguments",
        "TypeError",
        r"missing \d+ required|missing required argument|required positional argument"
        r"|positional arguments? but|unexpected keyword|invalid keyword|no keyword arguments"
        r"|multiple values for (keyword )?argument|takes (no|exactly|at most|at least|from)\b"
        r"|expected at (least|most) \d",
    ),
    _row(
        "data_type", "TypeError", r"Cannot interpret '.*' as a data type|data type '.*' not under"
    ),
    _row("array_for_whole_number", "TypeError", "only integer scalar arrays can be converted"),
    _row(
        "array_for_number",
        "TypeError ValueError",
        r"only (length-1|size-1|0-dimensional) arrays can be converted"
        r"|can only convert an array of size 1",
    ),
    _row("list_indices", "TypeError", r"^list indices must be .*, not tuple"),
    _row("index_kind", "TypeError", r"^(list|tuple|string) indices must be|^slice indices must be"),
    _row(
        "index_kind",
        "IndexError",
        r"^only integers, slices|^arrays used as indices must be of integer",
    ),
    _row(
        "whole_number",
        "TypeError",
        r"cannot be interpreted as an integer|expected a sequence of integers",
    ),
    _row("single_value", "TypeError", r"not iterable|non-iterable|iteration over a 0-d array"),
    _row("not_callable", "TypeError", "is not callable"),
    _row("fixed_value", "TypeError", r"'(tuple|str)' object does not support item assignment"),
    _row(
        "no_entries",
        "TypeError IndexError",
        r"is not subscriptable|not support item assignment|invalid index to scalar|has no len\(\)",
    ),
    _row(
        "list_arithmetic",
        "TypeError",
        r"can only concatenate (list|tuple)|can't multiply sequence"
        r"|^(unsupported|bad) operand .*'(list|tuple)'",
    ),
    _row("list_arithmetic", "AttributeError", r"^'(list|tuple)' object has no attribute"),
    _row("whole_number_array", "TypeError", r"^Cannot cast ufunc .* from dtype\('float\d+'\) to "),
    _row(
        "operands",
        "TypeError",
        r"^unsupported operand|^can only concatenate str|not supported between instances"
        r"|^bad operand type|not supported for the input types|which has no callable \w+ method",
    ),
    _row("product_of_number", "ValueError", "does not have enough dimensions"),
    _row("product_shapes", "ValueError", "not aligned|mismatch in its core dimension"),
    _row("einsum", "ValueError", "einstein sum|remapped shapes"),
    _row("index_arrays", "IndexError", "^shape mismatch: indexing arrays"),
    _row("mask_shape", "IndexError", "^boolean index did not match"),
    _row("ragged_rows", "ValueError", "inhomogeneous"),
    _row(
        "written_shape",
        "ValueError",
        "^could not broadcast input array|^setting an array element with a sequence"
        "|^shape mismatch: value array",
    ),
    _row(
        "shapes",
        "ValueError",
        "could not be broadcast|cannot be broadcast|non-broadcastable output",
    ),
    _row("too_many_indices", "IndexError", "^too many indices for array"),
    _row("index_beyond_end", "IndexError", "is out of bounds for axis|index out of range"),
    _row("axis_beyond_end", "ValueError", r"axis -?\d+ is out of bounds for array"),
    _row("new_shape", "ValueError", "^cannot reshape array"),
    _row("joined_shapes", "ValueError", "^all (the )?input array"),
    _row("truth_value", "ValueError", "^The truth value of an array"),
    _row("logarithm", "ValueError", "^math domain error|^expected a positive input"),
    _row("logarithm", _FLOATING, r"encountered in log\d*"),
    _row("nothing_left", "ValueError", "zero-size array|empty sequence|iterable argument is empty"),
    _row("names_and_values", "ValueError", "values to unpack"),
    _row("not_finite_to_whole", "ValueError OverflowError", "cannot convert float (NaN|infinity)"),
    _row("read_only", "ValueError", "is read-only"),
    _row("text_to_number", "ValueError", "^invalid literal for|^could not convert string to"),
    _row("overflow", "OverflowError", "^math range error|Numerical result out of range"),
    _row("overflow", _FLOATING, r"^overflow encountered in (exp|exp2|expm1|power|square)$"),
    _row("zero_division", "ZeroDivisionError", "division|modulo|cannot be raised to a negative"),
    _row("zero_division", _FLOATING, r"^divide by zero encountered in (true_)?divide"),
    _row("recursion", "RecursionError", "maximum recursion depth"),
    _row("keyboard", "EOFError", "^EOF when reading a line"),
    _row("files", "FileNotFoundError PermissionError OSError", r"^\[Errno \d+\]"),
    _row("assertion", "AssertionError", ""),
    _row("missing_key", "KeyError", ""),
    _row("module_attribute", "AttributeError", "^module '.*' has no attribute"),
    _row("attribute", "AttributeError", "object has no attribute"),
    _row("unset_name", "UnboundLocalError NameError", "local variable|free variable"),
    _row("unknown_name", "NameError", "is not defined"),
    _row("import_name", "ImportError", "^cannot import name"),
)
KINDS = tuple(dict.fromkeys(row.kind for row in _ERRORS))


def kind_of_error(exception: str, text: str) -> str | None:
    """Return the kind of an error, or None if its words are not known.

    exception: its built-in class. text: what it says. Both may be made up by a submission: the
    kind is always one of KINDS.
    """
    for row in _ERRORS:
        if exception in row.exceptions and row.words.search(text):
            return row.kind
    return None
