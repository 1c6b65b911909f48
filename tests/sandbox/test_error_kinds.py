"""Advice about an error fits what happened: each kind is raised in the sandbox and recognized.

An error whose words are not known has the advice that fits any.
"""

from collections.abc import Iterator
from contextlib import closing

import pytest

from grader.messages import LANGUAGES
from grader.model import Message, SubmissionError
from grader.reports.sentences import sentence
from grader.sandbox.error_kinds import KINDS, kind_of_error
from grader.sandbox.program import SandboxProgram
from grader.sandbox.sandbox import Sandbox
from tests.support.languages import WORDS_IN
from tests.support.programs import CASE, SHAPES, function_of, load

# Kind -> statements of a student's function. s has 3 entries, M 3 rows of 4.
RAISING = {
    "none_value": ("[2, 1].sort() + s", "[2, 1].sort().shape", "np.exp(None)", "None[0]"),
    "arguments": ("np.zeros()", "np.sum(s, axes=0)", "math.exp(1, 2)", "helper(1, 2, 3)"),
    "data_type": ("np.zeros(3, 4)", "s.sum(0, 1)", "s.astype('foo')"),
    "array_for_whole_number": ("np.max(0, s)", "range(s)", "[1, 2][s]"),
    "array_for_number": ("math.exp(s)", "float(M)", "math.log(s)"),
    "list_indices": ("[[1], [2]][0, 0]",),
    "index_kind": ("s[1.0]", "s['a']", "s[np.array([0.5])]", "[1, 2][1.0]"),
    "whole_number": ("range(2.0)", "np.zeros((3, 4.0))", "np.zeros(2.5)"),
    "single_value": ("for i in 3: pass", "list(s[0])", "list(np.array(3.0))", "a, b = 3"),
    "not_callable": ("s(0)", "(3)(4)"),
    "fixed_value": ("(1, 2)[0] = 1",),
    "no_entries": ("(3)[0]", "s[0][1]", "len(3)", "n = 3; n[0] = 1"),
    "list_arithmetic": ("[1] + 1", "[1.0] * 2.5", "-[1]", "[1].shape", "(1, 2).T"),
    "whole_number_array": ("a = np.zeros_like(y); a = a.astype(int); a += 0.5",),
    "operands": ("'a' + 1", "'a' < 1", "np.exp('a')", "np.log({})", "{} - 1"),
    "product_of_number": ("M @ 3",),
    "product_shapes": ("M.dot(M)", "M @ M", "np.dot(s, M.T)"),
    "einsum": ("np.einsum('ij,jk->ik', M, M)", "np.einsum('ij->ik', M)"),
    "index_arrays": ("M[np.arange(3), np.arange(4)]",),
    "mask_shape": ("M[np.array([True, False])]",),
    "ragged_rows": ("np.array([[1], [1, 2]])",),
    "written_shape": ("M[0] = s", "s[0] = s", "M[np.array([0, 1])] = np.ones((3, 3))"),
    "shapes": ("s + M", "s += M", "np.maximum(s, M)"),
    "too_many_indices": ("s[0, 1]",),
    "index_beyond_end": ("M[:, 4]", "s[3]", "[1, 2][5]", "np.eye(3)[np.array([7])]"),
    "axis_beyond_end": ("s.max(axis=1)", "M.sum(2)"),
    "new_shape": ("M.reshape(5, 5)",),
    "joined_shapes": ("np.vstack([s, M])", "np.concatenate([s, M])", "np.stack([s, M])"),
    "truth_value": ("max(M)", "if s: pass", "s[0] if M > 0 else 1", "max(s, -s)"),
    "logarithm": (
        *("math.log(0)", "math.log(-1.0)"),
        "np.seterr(all='raise'); np.log(s * 0)",
        "warnings.simplefilter('error'); np.log(s * 0)",
    ),
    "nothing_left": ("np.max([])", "max([])", "np.argmax(s[:0])"),
    "names_and_values": ("a, b = s", "a, b = [1]"),
    "not_finite_to_whole": ("int(float('inf'))", "int(float('nan'))"),
    "read_only": ("a = np.broadcast_to(s, (2, 3)); a[0] = 1", "np.diag(np.eye(2))[0] = 1"),
    "text_to_number": ("float('a')", "int('3.5')"),
    "overflow": (
        *("math.exp(1000)", "2.0 ** 5000"),
        "np.seterr(all='raise'); np.exp(s * 1000)",
    ),
    "zero_division": ("1 / 0", "1.0 / 0", "3 % 0", "0.0 ** -1", "np.seterr(all='raise'); s / 0"),
    "recursion": ("again()",),
    "keyboard": ("input()",),
    "files": ("open('/none')", "open('weights.npy', 'wb')"),
    "assertion": ("assert s.shape == M.shape", "assert 1 == 2, 'shapes'"),
    "missing_key": ("{'a': 1}['b']",),
    "module_attribute": ("np.softmaxx", "math.expp"),
    "attribute": ("s.exp()", "n = 3; n.shape"),
    "unset_name": ("print(later); later = 1",),
    "unknown_name": ("X_train.shape", "np.exp(scroes)"),
    "import_name": ("from numpy import softmaxx",),
}
# Nothing is known about these: they say anything, or what numpy says is rare.
UNKNOWN = (
    *("raise ValueError('my own text')", "raise ValueError", "raise Exception('x')"),
    *("raise TypeError('sizes')", "raise OverflowError('much')", "raise IndexError"),
    *("np.linalg.inv(np.zeros((2, 2)))", "next(iter([]))", "[].pop()", "{}[[1]]"),
    *("np.int8(300)", "raise NameError('nobody')", "raise AttributeError"),
    *("np.seterr(all='raise'); np.exp(-s * 1000)", "raise ZeroDivisionError('oh')"),
)
STATEMENTS = [
    *((kind, statement) for kind, each in RAISING.items() for statement in each),
    *((None, statement) for statement in UNKNOWN),
]
FUNCTIONS = tuple(function_of(f"f{number}") for number in range(len(STATEMENTS)))
HEAD = """
import math
import warnings
import numpy as np
def helper(a, b):
    return a
def again():
    return again()
"""


def written() -> str:
    return HEAD + "".join(
        f"def f{number}(W, X, y, reg):\n"
        "    s, M = np.array([1.0, 2.0, 3.0]), np.ones((3, 4))\n"
        f"    {statement}\n    return 1.0, W\n"
        for number, (_, statement) in enumerate(STATEMENTS)
    )


@pytest.fixture(scope="module")
def program(sandbox: Sandbox) -> Iterator[SandboxProgram]:
    with closing(load(sandbox, written(), functions=FUNCTIONS)) as loaded:
        yield loaded


@pytest.fixture(scope="module")
def messages(program: SandboxProgram) -> list[Message]:
    found = []
    for function in FUNCTIONS:
        with pytest.raises(SubmissionError) as caught:
            program.call(function, CASE, SHAPES)
        found.append(caught.value.message)
    return found


def test_every_kind_is_raised_here() -> None:
    assert set(RAISING) == set(KINDS)


@pytest.mark.parametrize(
    "number", range(len(STATEMENTS)), ids=[statement for _, statement in STATEMENTS]
)
def test_the_advice_is_that_of_what_happened(number: int, messages: list[Message]) -> None:
    """And of what is not known, the advice that fits any error."""
    kind, statement = STATEMENTS[number]
    message = messages[number]
    assert message.code == "raised", statement
    assert message.values.get("kind") == kind, (message, statement)
    for language in LANGUAGES:
        words = WORDS_IN[language]
        said = sentence(message, words).next
        of_kind = words["errors"][kind] if kind else words["messages"]["raised"]["next"]
        assert said == of_kind


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kind_has_advice_of_its_own(language: str) -> None:
    errors = WORDS_IN[language]["errors"]
    assert set(KINDS) == {name.partition(".")[0] for name in errors}
    of_kinds = [errors[kind] for kind in KINDS]
    assert len(set(of_kinds)) == len(of_kinds)
    for text in errors.values():
        assert text[-1] in ".?"
        assert "{" not in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_where_the_scores_are_large_the_shift_is_asked_for(language: str) -> None:
    """An exponential that overflows on an ordinary input has another reason."""
    words = WORDS_IN[language]
    message = Message("raised", {"exception": "OverflowError", "kind": "overflow"}, None, 3)
    large, ordinary = sentence(message, words, "stable"), sentence(message, words, "value")
    assert large.next == words["messages"]["unstable.loss"]["next"]
    assert ordinary.next == words["errors"]["overflow"] != large.next
    assert sentence(message, words).next == ordinary.next


@pytest.mark.parametrize(
    ("exception", "text", "kind"),
    [  # other versions of Python and numpy
        ("UnboundLocalError", "local variable 'p' referenced before assignment", "unset_name"),
        ("NameError", "free variable 'q' referenced before assignment in encl", "unset_name"),
        ("TypeError", "only size-1 arrays can be converted to Python scalars", "array_for_number"),
        ("ValueError", "expected a positive input, got 0.0", "logarithm"),
        ("ValueError", "max() iterable argument is empty", "nothing_left"),
        ("ZeroDivisionError", "division by zero", "zero_division"),
        ("Exception", "math range error", None),
        ("TypeError", "", None),
    ],
)
def test_the_words_of_other_versions(exception: str, text: str, kind: str | None) -> None:
    assert kind_of_error(exception, text) == kind
