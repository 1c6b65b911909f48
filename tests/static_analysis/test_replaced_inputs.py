"""Inputs that a function gives another value, or writes into: what the text shows."""

import pytest

from grader.model import SourceFile
from grader.static_analysis.locate import Location
from grader.static_analysis.replaced_inputs import replaced_inputs
from grader.static_analysis.written_inputs import input_written
from tests.support.grading import make_key

FUNCTION = make_key().functions["naive"]


def file_with(body: str, parameters: str = "W, X, y, reg") -> SourceFile:
    lines = "".join(f"    {line}\n" for line in body.split("; "))
    return SourceFile("softmax.py", f"def softmax_loss_naive({parameters}):\n{lines}".encode())


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("reg = 1e-5; return reg * W, X, y", [("reg", 2)]),
        ("W = np.random.randn(*W.shape); return W, X + reg", [("W", 2)]),
        ("W = np.zeros((len(W), 3)); return W, X + reg", [("W", 2)]),
        ("y = [0, 1]; reg = 0; return W[y] * reg, X", [("y", 2), ("reg", 3)]),
        ("W = reg = 0; return W * reg, X", [("W", 2), ("reg", 2)]),
        ("X = X.T; W = W - 0; y = np.array(y); return W, X, y, reg", []),  # made of the old value
        ("loss = W * reg; reg = 0; return loss * reg, X", []),  # after its use
        ("loss = W * reg; W = X; return loss, y", []),
        ("reg = 1e-5; return W, X, y", []),  # and never used
        ("reg += 1; return reg * W, X", []),
        ("reg: float = 1.0; return reg * W, X", []),  # rare: no name for it
    ],
)
def test_what_replaces_an_input(body: str, found: list[tuple[str, int]]) -> None:
    expected = tuple((name, Location(line, None)) for name, line in found)
    assert replaced_inputs([file_with(body)], FUNCTION) == expected


def test_an_input_is_called_by_its_name_in_the_assignment() -> None:
    file = file_with("r = 0; return w * r, x", "w, x, labels, r")
    assert replaced_inputs([file], FUNCTION) == (("reg", Location(2, None)),)


def test_a_second_file_is_named() -> None:
    files = [SourceFile("other.py", b"import numpy as np\n"), file_with("reg = 0; return W, reg")]
    assert replaced_inputs(files, FUNCTION) == (("reg", Location(2, "softmax.py")),)


@pytest.mark.parametrize(
    ("statement", "name"),
    [
        ("W[j, :] += x", "W"),
        ("W[j][0] = x", "W"),
        ("X -= m", "X"),
        ("dW[j] += x", None),
        ("W = x", None),
        ("X[0] = W[0] = x", None),  # two of them
        ("np.exp(X, out=X)", "X"),
        ("np.add.at(W, 0, 1)", "W"),
        ("np.put(W, 0, 1)", "W"),
        ("X.sort()", "X"),
        ("np.sort(X)", None),
        ("W[0], s = x, W", "W"),
    ],
)
def test_what_is_written_into(statement: str, name: str | None) -> None:
    file = file_with(f"{statement}; return W, X, y, reg")
    assert input_written([file], FUNCTION, 2) == name
    assert input_written([file], FUNCTION, 3) is None


@pytest.mark.parametrize(
    ("statements", "name"),
    [
        ("V = W; V += 1", "W"),
        ("V = W.T[0]; V[0] = 1", "W"),
        ("V = X.reshape(-1); U = np.asarray(V); U[:] = 1", "X"),
        ("dW = W; dW[:, 0] += x", "W"),
        ("for row in X: row -= 1", "X"),
        ("V = W; V = X; V += 1", None),  # one or the other
        ("V = helper(X); V += 1", None),
        ("W = helper(X); W += 1", None),
    ],
)
def test_what_is_written_into_by_another_name(statements: str, name: str | None) -> None:
    file = file_with(f"{statements}; return W, X, y, reg")
    assert input_written([file], FUNCTION, statements.count(";") + 2) == name


def test_the_parameter_of_a_helper_is_no_input() -> None:
    """It may be called W and hold X."""
    helper = b"def halved(W):\n    W *= 0.5\n    return W\n\n\n"
    file = file_with("Z = halved(X); return W, Z, y, reg")
    assert input_written([SourceFile("softmax.py", helper + file.text)], FUNCTION, 2) is None


@pytest.mark.parametrize(
    "text", ["def softmax_loss_naive(W, X, y, reg:\n", "x = 1\n", "exec('reg = 0')\n", "\0"]
)
def test_a_text_without_the_function_shows_nothing(text: str) -> None:
    assert replaced_inputs([SourceFile("softmax.py", text.encode())], FUNCTION) == ()
