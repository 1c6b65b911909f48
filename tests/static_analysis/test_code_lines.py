"""The lines that an error of a function may name: those of its code, and of what it uses."""

import pytest

from grader.model import SourceFile
from grader.static_analysis.code_lines import MOST_LINES, code_lines

ASKED = ("loss",)


def lines_of(*texts: str, names: tuple[str, ...] = ASKED) -> list[list[int]]:
    """The lines of each file, in order."""
    files = tuple(SourceFile(f"{n}.py", text.encode()) for n, text in enumerate(texts))
    found = code_lines(files, names)
    return [sorted(found.get(file.file, ())) for file in files]


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("def loss(W):\n    # a comment\n\n    return W\n", [1, 4]),
        ("def other(W):\n    return W\ndef loss(W):\n    return 1\n", [3, 4]),
        ("def other(W):\n    return W\ndef loss(W):\n    return other(W)\n", [1, 2, 3, 4]),
        ("k = 1\nunused = 2\ndef loss(W):\n    return k\n", [1, 3, 4]),
        ("@once\ndef loss(W):\n    return 1\ndef once(f):\n    return f\n", [1, 2, 3, 4, 5]),
        ("def other(W):\n    return W\nloss = other\n", [1, 2, 3]),
        (
            "class A:\n    def f(self):\n        pass\ndef loss(W):\n    return A().f()\n",
            [1, 2, 3, 4, 5],
        ),
        ("if True:\n    def loss(W):\n        return 1\n", [1, 2, 3]),
        # Where a part of an expression begins or ends: Python names such lines.
        (
            "def loss(W):\n    return (W\n        .T\n        .dot(\n\n            W\n        ))\n",
            [1, 2, 3, 4, 6, 7],
        ),
        ('def loss(W):\n    """A text\n    of three\n    lines."""\n    return W\n', [1, 2, 4, 5]),
        ("x = 1\n", []),
        ("def loss(W:\n", []),
    ],
)
def test_the_lines_of_a_function_and_of_what_it_uses(text: str, lines: list[int]) -> None:
    assert lines_of(text) == [lines]


def test_files_use_each_other() -> None:
    one = "import other\nfrom other import g\ndef loss(W):\n    return other.f(W) + g(W)\n"
    two = "def f(W):\n    return W\ndef g(W):\n    return W\ndef h(W):\n    return W\n"
    assert lines_of(one, two) == [[1, 2, 3, 4], [1, 2, 3, 4]]


def test_a_function_that_is_too_long_has_none() -> None:
    def long(count: int) -> str:
        return "def loss(W):\n" + "    W += 1\n" * (count - 1)

    assert len(lines_of(long(MOST_LINES))[0]) == MOST_LINES
    assert lines_of(long(MOST_LINES + 1)) == [[]]
