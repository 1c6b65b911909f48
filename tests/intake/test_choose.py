"""Which of the files of a hand-in is graded: the rule in grader/intake/choose.py as a table."""

from collections.abc import Mapping

import pytest

from grader.intake.choose import MAX_EXAMINED, Choice, Undecided, choose, has_named
from grader.intake.content import FileContent, Parsing
from grader.intake.entries import AskedFile
from tests.support.notebooks import make_notebook

FUNCTIONS = ("softmax_loss_naive", "softmax_loss_vectorized")
BARE = AskedFile("softmax.py", FUNCTIONS)
USUAL = AskedFile("cs231n/classifiers/softmax.py", FUNCTIONS)
NAIVE = b"def softmax_loss_naive(W, X, y, reg):\n    return W @ X\n"
VECTORIZED = b"def softmax_loss_vectorized(W, X, y, reg):\n    return X.T @ W\n"
BOTH = NAIVE + VECTORIZED
OTHER = BOTH + b"# another version\n"
STUB = b"""def softmax_loss_naive(W, X, y, reg):
    loss, dW = 0.0, np.zeros_like(W)
    return loss, dW
def softmax_loss_vectorized(W, X, y, reg):
    '''X y reg'''
    return 0.0, np.zeros_like(W)
"""
HELPER = b"def rel_error(x, y):\n    return abs(x - y)\n"
NOTEBOOK = make_notebook(BOTH.decode())
PLOTS = make_notebook("import matplotlib\nplot(W)")


def chosen(files: Mapping[str, bytes], asked: AskedFile) -> Choice | Undecided:
    parsing = Parsing(asked.functions)

    def examine(path: str) -> FileContent:
        return FileContent(path, files[path], None, parsing)

    return choose(list(files), asked, examine)


@pytest.mark.parametrize(
    ("asked", "files", "path"),
    [
        # 1. the name, wherever it lies
        (BARE, {"softmax.py": BOTH}, "softmax.py"),
        (BARE, {"softmax.py": b"anything at all"}, "softmax.py"),
        (BARE, {"softmax.py": b""}, "softmax.py"),
        (BARE, {"a/b/c/d/e/f/softmax.py": BOTH, "notes.txt": b""}, "a/b/c/d/e/f/softmax.py"),
        (USUAL, {"softmax.py": BOTH}, "softmax.py"),
        (USUAL, {"a1/cs231n/classifiers/softmax.py": STUB}, "a1/cs231n/classifiers/softmax.py"),
        (
            USUAL,
            {
                "assignment1/softmax.ipynb": PLOTS,
                "assignment1/cs231n/classifiers/softmax.py": BOTH,
                "assignment1/cs231n/classifiers/linear_svm.py": HELPER,
            },
            "assignment1/cs231n/classifiers/softmax.py",
        ),
        (BARE, {"softmax.ipynb": NOTEBOOK, "deep/er/softmax.py": BOTH}, "deep/er/softmax.py"),
        # of several: the usual path, which is the top for a bare name
        (BARE, {"softmax.py": BOTH, "old/softmax.py": OTHER}, "softmax.py"),
        (BARE, {"hw1/softmax.py": BOTH, "hw1/old/softmax.py": OTHER}, "hw1/softmax.py"),
        (
            USUAL,
            {"softmax.py": OTHER, "cs231n/classifiers/softmax.py": BOTH},
            "cs231n/classifiers/softmax.py",
        ),
        (
            USUAL,
            {"x/cs231n/classifiers/softmax.py": OTHER, "cs231n/classifiers/softmax.py": BOTH},
            "cs231n/classifiers/softmax.py",
        ),
        # of several: the only one that defines the functions
        (BARE, {"a/softmax.py": HELPER, "b/softmax.py": BOTH}, "b/softmax.py"),
        (BARE, {"a/softmax.py": NAIVE, "b/softmax.py": BOTH}, "b/softmax.py"),
        (BARE, {"a/softmax.py": STUB, "b/softmax.py": NAIVE}, "b/softmax.py"),
        (BARE, {"a/softmax.py": STUB, "b/softmax.py": HELPER}, "a/softmax.py"),
        (BARE, {"a/softmax.py": BOTH[:-1] + b" (", "b/softmax.py": HELPER}, "a/softmax.py"),
        # equal files are one, and the place does not help an empty file or a stub
        (BARE, {"hw1 copy/softmax.py": BOTH, "hw1/softmax.py": BOTH}, "hw1/softmax.py"),
        (BARE, {"softmax.py": b" \n", "old/softmax.py": BOTH}, "old/softmax.py"),
        (BARE, {"softmax.py": STUB, "old/softmax.py": BOTH}, "old/softmax.py"),
        (
            USUAL,
            {"cs231n/classifiers/softmax.py": STUB, "work/softmax.py": BOTH},
            "work/softmax.py",
        ),
        (
            USUAL,
            {"cs231n/classifiers/softmax.py": NAIVE, "work/softmax.py": BOTH},
            "cs231n/classifiers/softmax.py",
        ),
        # nor one without the functions
        (
            USUAL,
            {"cs231n/classifiers/softmax.py": HELPER, "mine/softmax.py": BOTH},
            "mine/softmax.py",
        ),
        (USUAL, {"cs231n/classifiers/softmax.py": HELPER, "my.py": BOTH}, "my.py"),
        (BARE, {"softmax.py": b"from softmax2 import *", "softmax2.py": BOTH}, "softmax2.py"),
        (BARE, {"softmax.py": HELPER, "hw1_softmax.py": NAIVE}, "hw1_softmax.py"),
        (BARE, {"softmax.py": HELPER, "work.ipynb": NOTEBOOK}, "work.ipynb"),
        (BARE, {"softmax.py": NAIVE, "softmax2.py": VECTORIZED}, "softmax.py"),
        # 2. a copy of the name
        *[
            (BARE, {f"hw/{name}": BOTH, "hw/notes.py": HELPER}, f"hw/{name}")
            for name in (
                "softmax (1).py",
                "softmax(1).py",
                "softmax-1.py",
                "softmax_1.py",
                "softmax2.py",
                "Softmax.py",
                "SOFTMAX.PY",
                "softmax.PY",
                "softmax.py.txt",
                "softmax.py.py",
                "softmax.pyw",
                "softmax.py ",
                " softmax.py",
                "copia de softmax.py",
                "Copia de softmax (2).py",
                "Co\u0301pia de softmax.py",
                "Kopie von softmax.py",
                "Copy of softmax.py",
                "Copy (2) of softmax.py",
                "softmax - Copy.py",
                "softmax - Copy (3).py",
                "softmax copy 2.py",
                "softmax - copia.py",
                "softmax \u2013 Kopie.py",
                "softmax.py (1).py",
            )
        ],
        (BARE, {"softmax (1).py": BOTH, "softmax.py": OTHER}, "softmax.py"),
        (BARE, {"softmax (1).py": BOTH, "softmax (2).py": BOTH}, "softmax (1).py"),
        (BARE, {"softmax (1).py": BOTH, "softmax (2).py": HELPER}, "softmax (1).py"),
        # 3. the only Python file that defines the functions
        (BARE, {"my.py": BOTH, "x.ipynb": NOTEBOOK, "helper.py": HELPER}, "my.py"),
        (BARE, {"hw1_softmax.py": BOTH, "my.py": OTHER}, "hw1_softmax.py"),
        (BARE, {"softmax_solution.py": BOTH, "softmax.py": OTHER}, "softmax.py"),
        (BARE, {"softmax_solution.py": BOTH, "softmax.py": STUB}, "softmax_solution.py"),
        (BARE, {"solution.py": BOTH, "softmax.py": b""}, "solution.py"),
        (BARE, {"x/__init__.py": BOTH, "y/__init__.py": b"", "z.py": HELPER}, "x/__init__.py"),
        (BARE, {"my.py": BOTH.replace(b"\n", b"\r"), "z.py": HELPER}, "my.py"),
        (BARE, {"test_softmax.py": b"from my import *", "my.py": BOTH}, "my.py"),
        (BARE, {"softmax.py/main.py": BOTH, "softmax.py/x.py": HELPER}, "softmax.py/main.py"),
        (BARE, {"work.txt": BOTH, "README.txt": b"see work"}, "work.txt"),
        (BARE, {"softmax_plot.py": HELPER, "work.py": BOTH}, "work.py"),
        (BARE, {"test_softmax.py": HELPER, "work.py": STUB}, "work.py"),
        # 4. a notebook
        (BARE, {"softmax.ipynb": NOTEBOOK, "utils.py": HELPER}, "softmax.ipynb"),
        (BARE, {"softmax.ipynb": NOTEBOOK, "all.ipynb": NOTEBOOK + b" "}, "softmax.ipynb"),
        (BARE, {"softmax.ipynb": PLOTS, "all.ipynb": NOTEBOOK}, "all.ipynb"),
        (BARE, {"softmax.ipynb": NOTEBOOK, "softmax.py": b""}, "softmax.ipynb"),
        # 5. the name as a word in another one
        (BARE, {"hw1_softmax.py": HELPER, "knn.py": HELPER}, "hw1_softmax.py"),
        (BARE, {"alice.softmax.final.py": HELPER}, "alice.softmax.final.py"),
        # 6. the stub or the empty file after all
        (BARE, {"softmax.py": STUB, "softmax_test.py": HELPER}, "softmax.py"),
        (BARE, {"softmax.py": b"", "knn.py": HELPER}, "softmax.py"),
        (BARE, {"softmax.py": HELPER, "template.py": STUB}, "softmax.py"),
        (BARE, {"softmax.py": HELPER, "a.ipynb": PLOTS}, "softmax.py"),
    ],
)
def test_the_file_that_is_chosen(asked: AskedFile, files: dict[str, bytes], path: str) -> None:
    for order in (files, dict(reversed(files.items()))):
        choice = chosen(order, asked)
        assert isinstance(choice, Choice)
        assert choice.path == path


@pytest.mark.parametrize(
    ("files", "paths"),
    [
        ({}, ()),
        ({"knn.py": HELPER, "notes.txt": b"", "x.ipynb": PLOTS}, ()),
        ({"softmax_utils.py": HELPER, "softmax_plots.py": HELPER}, ()),
        ({"mysoftmaxes.py": HELPER, "softmax.pyc": b"", "softmax.html": b""}, ()),
        ({"a/softmax.py": BOTH, "b/softmax.py": OTHER}, ("a/softmax.py", "b/softmax.py")),
        ({"softmax-1.py": BOTH, "softmax-2.py": OTHER}, ("softmax-1.py", "softmax-2.py")),
        ({"one.py": BOTH, "two.py": OTHER}, ("one.py", "two.py")),
        (
            {"softmax.py": STUB, "softmax (1).py": BOTH, "softmax (2).py": OTHER},
            ("softmax (1).py", "softmax (2).py"),
        ),
        (
            {"softmax.py": HELPER, "a/softmax.py": BOTH, "b/softmax.py": OTHER},
            ("a/softmax.py", "b/softmax.py"),
        ),
        (
            {"one.ipynb": NOTEBOOK, "two.ipynb": make_notebook(OTHER.decode())},
            ("one.ipynb", "two.ipynb"),
        ),
    ],
)
def test_nothing_is_chosen_where_it_would_be_a_guess(
    files: dict[str, bytes], paths: tuple[str, ...]
) -> None:
    assert chosen(files, BARE) == Undecided(paths)


def test_how_many_others_there_were() -> None:
    files = {"softmax.py": BOTH, "a/softmax.py": OTHER, "b/softmax.py": BOTH}
    assert chosen(files, BARE) == Choice("softmax.py", "place", 1)
    files = {"a/softmax.py": BOTH, "b/softmax.py": HELPER}
    assert chosen(files, BARE) == Choice("a/softmax.py", "functions", 1)


@pytest.mark.timeout(5)
@pytest.mark.parametrize("name", ["softmax.py", "work.py"])
def test_only_a_few_candidates_are_examined(name: str) -> None:
    """Of too many, only the place decides."""
    many = {f"{number}/{name}": BOTH + b"#" * number for number in range(MAX_EXAMINED + 1)}
    choice = chosen(many, BARE)
    assert isinstance(choice, Undecided)
    assert len(choice.paths) == len(many)
    many = {f"{number}/softmax.py": BOTH for number in range(10_000)}
    assert chosen({**many, "softmax.py": OTHER}, BARE) == Choice("softmax.py", "place", 10_000)


@pytest.mark.parametrize(
    "name", ["softmaxes.py", "mysoftmax.py", "softmax.ipynb", "softmax.txt", "softmax", "max.py"]
)
def test_names_that_are_no_copies(name: str) -> None:
    assert not has_named([name], BARE)


@pytest.mark.timeout(5)
@pytest.mark.parametrize("end", ["1" * 200, " copy 1" * 30, " (1)" * 60, ".py.txt" * 30])
def test_a_name_made_to_take_long_to_read_takes_no_longer(end: str) -> None:
    assert not has_named([f"softmax{end}x.py"], BARE)
