"""Notebooks: which of their code is graded, where its lines are, and what is refused."""

import json
import time
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.intake import SOURCE_CAP, read_submission
from grader.intake.entries import UnreadableSubmission
from grader.intake.notebook import CELLS_CAP, NOTEBOOK_CAP, NotebookCode, read_notebook
from grader.model import CellStart, Message
from tests.support.notebooks import make_notebook
from tests.support.submission_files import ASKED

NAIVE = "def softmax_loss_naive(W, X, y, reg):\n    return loss_of(W), np.exp(X)\n"
VECTORIZED = "def softmax_loss_vectorized(W, X, y, reg):\n    return W, X\n"


def read(*cells: str, **how: object) -> NotebookCode:
    return read_notebook(make_notebook(*cells, **how), ASKED.functions)  # type: ignore[arg-type]


def refusal(raw: bytes) -> Message:
    with pytest.raises(UnreadableSubmission) as refused:
        read_notebook(raw, ASKED.functions)
    return refused.value.message


def kept(*cells: str) -> str:
    """What is graded of these cells, without blank lines."""
    return "\n".join(line for line in read(*cells).source.split("\n") if line)


@pytest.mark.parametrize("version", [3, 4])
@pytest.mark.parametrize("as_lines", [False, True])
def test_both_formats_and_both_forms_of_text(version: int, as_lines: bool) -> None:
    code = read("import numpy as np", VECTORIZED, version=version, as_lines=as_lines)
    assert code.source == VECTORIZED
    assert code.cells == (CellStart(1, 2),)
    assert code.functions == {"softmax_loss_vectorized"}


def test_the_functions_and_what_they_need_and_nothing_else() -> None:
    cells = (
        "%matplotlib inline\nimport numpy as np\nimport matplotlib.pyplot as plt",
        "data = load_everything()\nEPS = 1e-8",
        "def decorate(f):\n    return f",
        "from math import log as ln\n\n@decorate\ndef loss_of(W):\n    return ln(W.sum() + EPS)",
        "print('train')\n" + NAIVE + "for i in range(10**9):\n    W = step(W)\n",
        "loss, dW = softmax_loss_naive(1, 2, 3, 4)",
        "with open('x') as np: pass",
    )
    code = read(*cells)
    assert code.source.split("\n") == [
        *["", "import numpy as np"],
        *["", "EPS = 1e-8"],
        *["def decorate(f):", "    return f"],
        *["from math import log as ln", "", "@decorate", "def loss_of(W):"],
        "    return ln(W.sum() + EPS)",
        *["", *NAIVE.split("\n")[:2]],
        "",
    ]
    assert code.cells == (
        CellStart(1, 1),
        CellStart(3, 2),
        CellStart(5, 3),
        CellStart(7, 4),
        CellStart(12, 5),
    )


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        # the last definition holds
        (
            (VECTORIZED, VECTORIZED.replace("W, X\n", "X, W\n")),
            VECTORIZED.replace("W, X\n", "X, W\n"),
        ),
        (
            ("def f(): return 1", VECTORIZED.replace("W, X\n", "f()\n"), "def f(): return 2"),
            VECTORIZED.replace("W, X\n", "f()\n") + "def f(): return 2",
        ),
        # unless the last one needs those before it
        (
            (VECTORIZED, "softmax_loss_vectorized = jit(softmax_loss_vectorized)", "import jit"),
            VECTORIZED + "softmax_loss_vectorized = jit(softmax_loss_vectorized)",
        ),
        (
            ("n = 1", "n = 2", "n += 1", VECTORIZED.replace("W, X\n", "n\n")),
            "n = 2\nn += 1\n" + VECTORIZED.replace("W, X\n", "n\n"),
        ),
        # own names of a function are not those of the notebook
        (
            ("W = train()\nscores = 1\nk = 2", VECTORIZED.replace("W, X\n", "[k for k in W]\n")),
            VECTORIZED.replace("W, X\n", "[k for k in W]\n"),
        ),
        (
            ("scores = train()", VECTORIZED.replace("return W, X", "scores = W; return scores")),
            VECTORIZED.replace("return W, X", "scores = W; return scores"),
        ),
        # fallbacks, stars, classes
        (
            (
                "try:\n    xrange\nexcept NameError:\n    xrange = range",
                VECTORIZED.replace("W, X\n", "xrange(3)\n"),
            ),
            "try:\n    xrange\nexcept NameError:\n    xrange = range\n"
            + VECTORIZED.replace("W, X\n", "xrange(3)\n"),
        ),
        (
            ("from numpy import *\nimport os", VECTORIZED.replace("W, X\n", "exp(W), len(X)\n")),
            "from numpy import *\n" + VECTORIZED.replace("W, X\n", "exp(W), len(X)\n"),
        ),
        (
            ("from numpy import *", VECTORIZED.replace("W, X\n", "len(X)\n")),
            VECTORIZED.replace("W, X\n", "len(X)\n"),
        ),
        (
            ("class S:\n    def f(self): return K", "K = 3\nL = 4", VECTORIZED + "    S()\n"),
            "class S:\n    def f(self): return K\nK = 3\n" + VECTORIZED + "    S()",
        ),
        # two statements of one line stay together
        (("import os; import sys", "pass; " + "x = 1", VECTORIZED), VECTORIZED),
        (
            ("A = 1; B = 2", VECTORIZED.replace("W, X\n", "A\n")),
            "A = 1; B = 2\n" + VECTORIZED.replace("W, X\n", "A\n"),
        ),
    ],
)
def test_what_is_kept(cells: tuple[str, ...], expected: str) -> None:
    assert kept(*cells) == expected.rstrip("\n")


def test_a_broken_cell_is_kept_where_only_it_begins_the_function() -> None:
    """With what it may need: then Python can say what is wrong, and the rest may be graded."""
    broken = NAIVE + "def helper(:\n    pass"
    code = read("import numpy as np\nimport os", broken, VECTORIZED, NAIVE.replace("naive", "x("))
    assert code.source.split("\n")[:6] == [
        "import numpy as np",
        *broken.split("\n"),
        VECTORIZED.split("\n")[0],
    ]
    assert code.functions == set(ASKED.functions)
    assert kept(broken, NAIVE) == NAIVE.rstrip("\n")


# --- what is refused ---


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"cells": 1}',
        b'{"cells": [1]}',
        b'{"cells": [{}]}',
        b'{"cells": [{"cell_type": "code", "source": {"a": 1}}]}',
        b'{"cells": [{"cell_type": "code", "source": "\\ud800"}]}',
        b'{"cells": ' + b"[" * 100_000,
        b'{"cells": [{"cell_type": "code", "outputs": ' + b"[" * 100_000 + b"]" * 100_000 + b"}]}",
        b'{"x": ' + b'{"x": ' * 100_000,
        b'{"cells": [' + b'{"cell_type": "code"},' * CELLS_CAP + b'{"cell_type": "code"}]}',
        b"\xff\xfe{",
        b'{"cells": [{"cell_type": "code", "source": "\xff"}]}',
    ],
)
@pytest.mark.timeout(5)
def test_what_is_no_notebook_is_refused_with_a_sentence(raw: bytes) -> None:
    assert refusal(raw) == Message("unread_notebook_damaged")


@pytest.mark.parametrize("text", [b"a", b"\\a", b'"\\\n', b"NaN "])
def test_a_text_without_an_end_takes_little_memory(text: bytes) -> None:
    raw = b'{"cells": ["' + text * ((1 << 19) // len(text))
    tracemalloc.start()
    assert refusal(raw) == Message("unread_notebook_damaged")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 10 * len(raw)


FUNCTION = "def softmax_loss_naive(W, X, y, reg): return x, y\n"


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "lines",
    [
        ["x += 1\n"] * 4,
        ["x = y\ny = x\n", "if y: x = y\nif x: y = x\n", "x = [x]\n", "x = y\ny = x\n"],
        ["def x(): return y\ndef y(): return x\n", "x = " + "lambda: " * 7 + "x\n"] * 2,
        ["x = " + "-" * 900 + "1\n", "x = f" + ".a" * 400 + "\n"] * 2,
        ["!x\n", "x = (\n", " \t" * 200 + "!\n", "x?\n"],
    ],
)
def test_hostile_code_takes_no_long_time(lines: list[str]) -> None:
    """As much of it as a notebook may hold, in cells that are parsed."""
    cells = [line * (30_000 // len(line)) for line in lines]
    started = time.thread_time()
    read(*cells, FUNCTION)
    assert time.thread_time() - started < 3


@pytest.mark.timeout(20)
def test_deep_trees_do_not_end_python() -> None:
    """Python gives up on them with an error of its own, or they are passed over."""
    for text in ("x = 1" + "\\\n+ 1" * 12_000, "x = 0\n" + "x = not \\\n" * 900 + "x"):
        assert read(text, FUNCTION).functions == {"softmax_loss_naive"}
    nested = "".join(" " * depth + f"def f{depth}():\n" for depth in range(95)) + " " * 95 + "x"
    assert read(nested, FUNCTION).functions == {"softmax_loss_naive"}


def test_what_is_too_large() -> None:
    outputs = [{"data": "x" * NOTEBOOK_CAP}]
    assert refusal(make_notebook(NAIVE, outputs=outputs)) == Message(
        "unread_notebook_large", {"mib": 8}
    )
    assert refusal(make_notebook("#" * 200_000, "#" * 200_000)) == Message(
        "unread_notebook_code", {"kib": 128}
    )


def test_a_notebook_without_the_functions_says_what_it_has() -> None:
    assert refusal(make_notebook("x = 1")) == Message("unread_notebook")
    cells = [f"def f{number}(): pass" for number in range(9)]
    assert refusal(make_notebook(*cells)).quote == "f0, f1, f2, f3, f4"


def test_outputs_are_dropped_and_may_hold_what_python_writes() -> None:
    """nan and infinity are no JSON, but stand in outputs. In a text they stay."""
    outputs = [{"data": {"text/html": "<script>", "x": [float("nan"), float("-inf")]}}]
    text = VECTORIZED + 's = "NaN, -Infinity"\n'
    code = read(text, text.replace("W, X\n", "s, X\n"), outputs=outputs)
    assert "<script>" not in code.source
    assert 's = "NaN, -Infinity"' in code.source


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_random_bytes_give_code_or_a_reason(data: st.DataObject) -> None:
    raw = bytearray(make_notebook("import numpy as np\n%x", NAIVE, VECTORIZED))
    for _ in range(data.draw(st.integers(1, 6))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    try:
        code = read_notebook(bytes(raw), ASKED.functions)
    except UnreadableSubmission:
        return
    assert code.functions
    assert [start.line for start in code.cells] == sorted({start.line for start in code.cells})


@given(st.lists(st.text(alphabet=st.sampled_from("def f()=:+%!?\n\\ [](){}'\"#x1")), max_size=5))
@settings(max_examples=150, deadline=None)
def test_lines_stay_where_they_are_in_their_cell(cells: list[str]) -> None:
    code = read(*cells, VECTORIZED)
    lines = code.source.split("\n")
    texts = [cell.replace("\r", "\n").split("\n") for cell in (*cells, VECTORIZED)]
    ends = [start.line for start in code.cells[1:]] + [len(lines)]
    for start, end in zip(code.cells, ends, strict=True):
        for place in range(start.line, end):
            line = lines[place - 1]
            assert not line or line == texts[start.cell - 1][place - start.line]


# --- as a submission ---


@pytest.mark.parametrize("name", ["softmax.ipynb", "softmax.py"])
def test_a_notebook_under_either_name(tmp_path: Path, name: str) -> None:
    """Also a large one, whose pictures are longer than any Python file may be."""
    outputs = [{"data": "x" * (SOURCE_CAP + 1)}]
    raw = make_notebook("import numpy as np", NAIVE, outputs=outputs)
    tmp_path.joinpath(name).write_bytes(raw)
    for path in (tmp_path / name, tmp_path):
        submission = read_submission(path, ASKED)
        assert submission.source.decode() == "import numpy as np\n" + NAIVE
        assert submission.cells == (CellStart(1, 1), CellStart(2, 2))
        assert submission.file == name
        codes = [note.code for note in submission.notes]
        other = [] if path.is_dir() is False or name == "softmax.py" else ["note_other_name"]
        renamed = ["note_notebook_name"] if name == "softmax.py" else []
        assert codes == [*other, *renamed, "note_notebook"]


def test_python_that_only_looks_like_a_notebook(tmp_path: Path) -> None:
    source = b'{"cells": 1}\n' + VECTORIZED.encode()
    tmp_path.joinpath("softmax.py").write_bytes(b"x = " + source)
    assert read_submission(tmp_path, ASKED).source == b"x = " + source
    assert json.loads(make_notebook("x"))["cells"]
