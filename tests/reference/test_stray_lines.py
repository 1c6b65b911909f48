"""A right solution with one stray thing in it loses nothing but what is truly missing.

Each file is tests/submissions/log_sum_exp.py with something above, below or inside of it.
"""

import re
from typing import NamedTuple

import pytest

from grader.grading import grade
from grader.messages import load_words
from grader.model import AnswerKey, Message
from grader.reports.terminal import summary
from grader.sandbox.sandbox import Sandbox
from grader.verdict import Verdict
from tests.support.grading import submission_of
from tests.support.known_submissions import known_submission

RIGHT = known_submission("log_sum_exp").read_text(encoding="utf-8")
LINES = RIGHT.count("\n")
FULL, HALF = 100, 50  # points, and those of the vectorized function alone
NAIVE_ALONE = 45  # the naive function, without what compares the two


class Stray(NamedTuple):
    text: str
    notes: dict[str, int | None]  # code of a note -> its line
    score: float = FULL


def above(lines: str, score: float = FULL, **notes: int | None) -> Stray:
    return Stray(f"{lines}\n{RIGHT}", notes, score)


def below(lines: str, **notes: int | None) -> Stray:
    """The lines of the notes count from the first one below the solution."""
    shifted = {code: line and line + LINES for code, line in notes.items()}
    return Stray(f"{RIGHT}{lines}\n", shifted)


def numbered(text: str) -> str:
    return "".join(f"{number:4}  {line}\n" for number, line in enumerate(text.splitlines(), 1))


TORN = RIGHT.replace("    loss = np.mean(", "    loss = np.mean((")
STRAY = {
    # --- imports ---
    "matplotlib": above("import matplotlib.pyplot as plt", missing_module=1),
    "scipy": above("from scipy.special import logsumexp as lse", missing_module=1),
    "torch": above("import torch, torch.nn as nn", missing_module=1),
    "tqdm": above("from tqdm import tqdm, trange", missing_module=1),
    "star": above("from .linear_classifier import *", missing_relative_module=1),
    "star of a missing module": above("from layers import *", missing_module=1),
    "course package": above("from cs231n.data_utils import load_CIFAR10", missing_module=1),
    "colab": above(
        "from google.colab import drive\ndrive.mount('/content')",
        missing_module=1,
        left_out_module=2,
    ),
    "settings of a missing module": above(
        "import matplotlib.pyplot as plt\nplt.rcParams['figure.figsize'] = (10, 8)",
        missing_module=1,
        left_out_module=2,
    ),
    "shared libraries": above(
        "import sqlite3\nimport ssl, bz2, lzma, ctypes", missing_module=2, left_out=None
    ),
    "import in a function": above("def load():\n    import torch\n    return torch.zeros(3)"),
    "unused import in the function": Stray(
        RIGHT.replace("    s = W.dot(X)\n", "    import pandas as pd; s = W.dot(X)\n"), {}
    ),
    "import under a condition": above(
        "if True:\n    import torch\n    SIZE = 3\nassert SIZE == 3", missing_module=2
    ),
    "import in a try without a handler for it": above(
        "try:\n    import torch\nexcept KeyError:\n    pass", missing_module=2
    ),
    "a missing name under another name": above("import os.no_such as name", missing_module=1),
    "compares what is missing": above(
        "from config import MODE\nSIZE = 2\nif MODE == 'fast' or MODE != 'slow':\n    SIZE = 3\n"
        "assert SIZE == 2",
        missing_module=1,
        left_out_module=3,
    ),
    "annotations of a missing class": above(
        "from typing import Optional\nimport torch\nfrom nptyping import NDArray\n"
        "def f(W: Optional[torch.Tensor], *X: NDArray[int], k: torch.Tensor = 3) -> torch.Tensor:\n"
        "    return k\nassert f(1, 2) == 3",
        missing_module=3,
    ),
    "annotations of the asked function": Stray(
        "import torch\n"
        + RIGHT.replace("vectorized(W, X, y, reg):", "vectorized(W: torch.Tensor, X, y, reg):"),
        {"missing_module": 1},
    ),
    "one of several names": above("from numpy import exp, no_such_name, log", left_out_name=1),
    # --- honest fallbacks ---
    "fallback": above(
        "try:\n    from scipy.special import logsumexp as lse\nexcept ImportError:\n"
        "    lse = None\nassert lse is None"
    ),
    "fallback by a bare except": above(
        "try:\n    import torch\nexcept:\n    torch = None\nassert torch is None"
    ),
    "fallback by suppress": above(
        "import contextlib\nMODULE = None\nwith contextlib.suppress(ImportError):\n"
        "    import torch as MODULE\nassert MODULE is None"
    ),
    "fallback by suppress under another name": above(
        "from contextlib import suppress as skip\nMODULE = None\nwith skip(ImportError):\n"
        "    import torch as MODULE\nassert MODULE is None"
    ),
    "suppress of something else": above(
        "import contextlib\nwith contextlib.suppress(OSError):\n    import torch", missing_module=3
    ),
    "fallback around a function": above(
        "def find():\n    import torch\n    return torch\ntry:\n    MODULE = find()\n"
        "except (ImportError, OSError):\n    MODULE = None\nassert MODULE is None"
    ),
    "looks for a module": above(
        "import importlib.util, sys\nassert importlib.util.find_spec('torch') is None\n"
        "assert 'google.colab' not in sys.modules"
    ),
    # --- statements that fail ---
    "loads data": below("data = get_CIFAR10_data()", left_out=1),
    "exits": below("import sys; sys.exit(0)\n1/0", left_out_exit=1),
    "exits by name": below("exit()", left_out_exit=1),
    "interrupts": below("raise KeyboardInterrupt", left_out_exit=1),
    "divides": below("1/0", left_out=1),
    "divides above": above("a = 1; 1/0; b = 2\nassert b == 2", left_out=1),
    "plots": below("plt.plot([1, 2])", left_out=1),
    "input": below("N = int(input('N: '))", left_out=1),
    "arguments": above(
        "import argparse, sys\nassert sys.argv == ['softmax.py']\n"
        "options = argparse.ArgumentParser().parse_args()"
    ),
    "never ends": below("while True: pass", left_out_endless=1),
    "debugger": below("import pdb; pdb.set_trace()", left_out_debugger=1),
    "breakpoint": below("breakpoint()", left_out_debugger=1),
    "keeps its docstring": above(
        "'''What it is.'''\n1/0\n'another text'\nassert __doc__ == 'What it is.', __doc__",
        left_out=2,
    ),
    "a helper with an unknown decorator": above(
        "@profile\ndef helper():\n    pass", left_out_definition=1
    ),
    "a helper that needs a module": above(
        "import torch\n@torch.no_grad()\nclass Helper:\n    pass",
        missing_module=1,
        left_out_definition=2,
    ),
    "a helper with a wrong default": above("def helper(n=size):\n    pass", left_out_definition=1),
    "many lines": below("\n".join(["1/0"] * 30), left_out=20, left_out_more=None),
    # --- what is no Python ---
    "half a function": below("def softmax_loss_third(W, X", left_out_block=1),
    "half a vectorized function": Stray(TORN, {"left_out_block": 24}, NAIVE_ALONE),
    "magic": above("%matplotlib inline", left_out_command=1),
    "shell": above("!pip install numpy\nfiles = !ls", left_out_command=2),
    "writefile": above("%%writefile softmax.py", left_out_command=1),
    "magic in a function": Stray(
        RIGHT.replace("    s = W.dot(X)\n", "    %timeit 1\n    s = W.dot(X)\n"),
        {"left_out_command": 22},
    ),
    "get_ipython": above("get_ipython().run_line_magic('matplotlib', 'inline')", left_out=1),
    "fences": Stray(f"```python\n{RIGHT}```\n", {"left_out_fence": LINES + 2}),
    "a chat": Stray(
        f"Here is the code:\n\n```python\n{RIGHT}```\nHope this helps!\n",
        {"left_out_fence": LINES + 4, "left_out_block": LINES + 5},
    ),
    "line numbers": Stray(numbered(RIGHT), {"left_out_line_numbers": None}),
}


@pytest.mark.parametrize("name", STRAY)
def test_only_what_is_missing_costs_points(
    name: str, sandbox: Sandbox, quick_key: AnswerKey
) -> None:
    stray = STRAY[name]
    verdict = grade(quick_key, submission_of(stray.text), sandbox.open_program)
    # "shared libraries": which of them can be imported differs between machines.
    expected = {code: line for code, line in stray.notes.items() if name != "shared libraries"}
    notes = {note.code: note.line for note in verdict.notes if name != "shared libraries"}
    assert (verdict.score, notes) == (stray.score, expected), verdict.notes


@pytest.mark.parametrize(
    ("line", "code", "quote"),
    [
        (
            "from numpy import exp, no_such_name",
            "left_out_name",
            "cannot import name 'no_such_name' from 'numpy'",
        ),
        (
            "from collections import Iterable",
            "left_out_name",
            "cannot import name 'Iterable' from 'collections'",
        ),
        ("import os.no_such as name", "missing_module", "os.no_such"),
        ("import torch, torch.nn as nn", "missing_module", "torch"),
    ],
)
def test_a_failure_is_said_once_and_without_paths_of_the_grader(
    line: str, code: str, quote: str, sandbox: Sandbox, quick_key: AnswerKey
) -> None:
    verdict = grade(quick_key, submission_of(f"{line}\n{RIGHT}"), sandbox.open_program)
    assert verdict.notes == (Message(code, verdict.notes[0].values, quote, 1),)


@pytest.mark.parametrize("place", ["inside", "below"])
def test_all_print_statements_of_python_2_are_listed_at_once(
    place: str, sandbox: Sandbox, quick_key: AnswerKey
) -> None:
    """Python names one in each run: five of them took five runs."""
    statement = "    loss = np.mean("
    assert statement in RIGHT
    text = f'{RIGHT}print "a"\nprint 1\nx = 1\nprint x\n'
    if place == "inside":
        start, _, end = RIGHT.partition(statement)
        text = f'{start}    print "a"\n    print W\n{statement}{end}\nprint y\n'
    expected = {
        n for n, line in enumerate(text.splitlines(), 1) if line.strip().startswith("print")
    }
    assert len(expected) == 3
    verdict = grade(quick_key, submission_of(text), sandbox.open_program)
    messages = [*verdict.notes, *(each.message for each in verdict.findings if each.message)]
    reasons = (
        each for each in messages if "python2_print" in (each.code, each.values.get("reason"))
    )
    assert {each.line for each in reasons} == expected
    shown = summary(verdict, load_words("en", quick_key.words), source=text.encode())
    for number in expected:
        assert re.search(rf"^ +Code +{number} \| print", shown, re.MULTILINE)


# --- what is missing is said truly ----------------------------------------------------------------

REASONS = {
    "imported": ("from helper import NAME", "function_imported", "helper", 1),
    "imported from its folder": ("from .helper import NAME", "function_imported", "helper", 1),
    "compiled": ("import numba\n@numba.njit\ndef NAME(W):\n    pass", "function_needs_module",
                 "numba", 2),
    "another name of an import": ("from helper import f\nNAME = f", "function_needs_module",
                                  "helper", 2),
    "decorated": ("@profile\ndef NAME(W):\n    pass", "function_left_out",
                  "name 'profile' is not defined", 1),
    "behind an exit": ("exit()\ndef NAME(W):\n    pass", "function_not_reached", None, 1),
    "in a class": ("class A:\n    def NAME(self):\n        pass", "function_in_class", "A", 2),
    "in a function": ("def a():\n    def NAME():\n        pass", "function_in_function", "a", 2),
    "half of it": ("def NAME(W, X, y, reg):\n    loss = (\n    return 1", "does_not_parse",
                   "'(' was never closed", 2),
    "British": ("def softmax_loss_vectorised(W):\n    pass", "function_spelled",
                "softmax_loss_vectorised", 1),
    "camels": ("def softmaxLossVectorized(W):\n    pass", "function_spelled",
               "softmaxLossVectorized", 1),
    "other order": ("def vectorized_softmax_loss(W):\n    pass", "function_spelled",
                    "vectorized_softmax_loss", 1),
    "capitals": ("def Softmax_Loss_Vectorized(W):\n    pass", "function_spelled",
                 "Softmax_Loss_Vectorized", 1),
    "short": ("def softmax_vec(W):\n    pass", "function_spelled", "softmax_vec", 1),
    "another loss": ("def svm_loss_vectorized(W):\n    pass", "missing_function", None, None),
    "nothing like it": ("x = 1", "missing_function", None, None),
}  # fmt: skip


@pytest.mark.parametrize("reason", REASONS)
def test_a_missing_function_has_its_true_reason(
    reason: str, sandbox: Sandbox, quick_key: AnswerKey
) -> None:
    text, code, quote, line = REASONS[reason]
    naive, mark, _vectorized = RIGHT.partition("def softmax_loss_vectorized")
    assert mark
    source = f"{text.replace('NAME', 'softmax_loss_vectorized')}\n{naive}"
    verdict = grade(quick_key, submission_of(source), sandbox.open_program)
    message = message_of(verdict, "vectorized.loss")
    assert (message.code, message.quote, message.line) == (code, quote, line)
    if reason != "behind an exit":
        assert verdict.score == NAIVE_ALONE


# --- the line that is to blame --------------------------------------------------------------------

BLAMED = {
    "pdb": ("import pdb; x = 1\n    pdb.set_trace()", "debugger_called", 2),
    "pdb by its name": ("from pdb import set_trace\n    set_trace()", "debugger_called", 2),
    "breakpoint": ("x = 1\n    breakpoint()", "debugger_called", 2),
    "ipdb": ("import ipdb\n    ipdb.set_trace()", "debugger_called", 2),
    "IPython": ("from IPython import embed\n    embed()", "debugger_called", 2),
    "IPython's display": (
        "from IPython import display\n    display(W)", "import_failed", 2
    ),
    "numpy's float": ("x = 1\n    y = np.float(1)", "removed_from_numpy", 2),
    "numpy's product": ("x = np.product(W)", "removed_from_numpy", 1),
    "numpy's asscalar": ("x = np.asscalar(W[:1, 0])", "removed_from_numpy", 1),
    "a typo": ("x = np.sotfmax(W)", "raised", 1),
    "a stand-in in a sum": ("import torch\n    x = 1 + torch", "import_failed", 2),
    "a stand-in in numpy": ("import torch\n    x = np.exp(torch)", "import_failed", 2),
    "a stand-in's answer": ("import torch\n    return torch", "returned_no_tuple", None),
}  # fmt: skip


@pytest.mark.parametrize("name", BLAMED)
def test_the_line_of_the_use_is_blamed(name: str, sandbox: Sandbox, quick_key: AnswerKey) -> None:
    body, code, line = BLAMED[name]
    head, mark, tail = RIGHT.partition("    s = W.dot(X)\n")
    source = f"{head}    {body}\n{mark}{tail}"
    verdict = grade(quick_key, submission_of(source), sandbox.open_program)
    message = message_of(verdict, "vectorized.loss")
    assert message.code == code
    assert message.line == (line and head.count("\n") + line)


def test_no_path_of_the_sandbox_is_shown(sandbox: Sandbox, quick_key: AnswerKey) -> None:
    source = f"from numpy import exp, no_such_name\n{RIGHT}"
    verdict = grade(quick_key, submission_of(source), sandbox.open_program)
    assert {note.quote for note in verdict.notes} == {
        "cannot import name 'no_such_name' from 'numpy'"
    }


def test_a_word_is_never_cut(sandbox: Sandbox, quick_key: AnswerKey) -> None:
    source = RIGHT.replace("    s = W.dot(X)\n", "    raise ValueError('word ' * 100)\n")
    verdict = grade(quick_key, submission_of(source), sandbox.open_program)
    quote = message_of(verdict, "vectorized.loss").quote
    assert quote is not None
    assert set(quote.removesuffix("...").split()) == {"word"}


def message_of(verdict: Verdict, question: str) -> Message:
    (message,) = (f.message for f in verdict.findings if f.question == question)
    assert message is not None
    return message
