"""The same code has the same fingerprint, and nearly the same code is found; other code is not."""

import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as some

from grader.static_analysis.fingerprint import (
    DIGITS,
    LEAST_LINES,
    LINES,
    MOST_LINES,
    TEXT,
    fingerprint,
    similar_groups,
)
from tests.support.paths import PROJECT

ASKED = ("naive", "vectorized")
BASE = """
import numpy as np

def naive(W, X, y, reg):
    '''Loops.'''
    loss = 0.0
    dW = np.zeros_like(W)
    N = X.shape[1]
    for i in range(N):
        scores = W.dot(X[:, i])
        scores -= np.max(scores)
        p = softmax(scores)
        loss -= np.log(p[y[i]])
        p[y[i]] -= 1
        dW += np.outer(p, X[:, i])
    return loss / N + 0.5 * reg * np.sum(W * W), dW / N + reg * W

def softmax(scores):
    e = np.exp(scores)
    return e / e.sum()

def vectorized(W, X, y, reg):
    return naive(W, X, y, reg)
"""
FUNCTIONS = ("softmax_loss_naive", "softmax_loss_vectorized")
SUBMISSIONS = sorted((PROJECT / "tests/submissions").glob("*.py"))
BASES = sorted((PROJECT / "tests/edits/bases").glob("*.py"))


def changed(*pairs: tuple[str, str]) -> str:
    text = BASE
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    return text


def prints(*texts: str) -> list[str]:
    return [fingerprint([text.encode()], ASKED) for text in texts]


def are_similar(*texts: str) -> bool:
    return len(set(similar_groups(prints(*texts)).values())) == 1


@pytest.mark.parametrize(
    "same",
    [
        changed(("    loss = 0.0\n", "    # mine\n\n    loss = 0.0  # done\n")),
        changed(("Loops.", "What the function does.")),
        changed(("scores", "f"), ("loss", "total"), ("N", "count"), ("dW", "grad")),
        changed(("softmax", "my_helper")),
        changed(("import numpy as np", "import numpy"), ("np.", "numpy.")),
        changed(("import numpy as np", "import numpy as np\nimport scipy\nx = 1\nprint(x)")),
        changed(("    p[y[i]] -= 1\n", "    p[y[i]] -= 1\n        print(p)\n")),
        changed(("loss = 0.0", "loss: float = (0.0)")),
        changed(("W, X, y, reg):", "W, X, y, reg=0.0) -> tuple:")),
        changed(("    ", "  ")),
        changed(("\n", "\r\n")),
        changed(("import numpy as np", "import numpy as np\n%matplotlib inline\n!pip install x")),
        f"```python\n{BASE}\n```",
        "import numpy as np\n" + BASE[BASE.index("def softmax") :] + BASE[: BASE.index("def soft")],
    ],
)
def test_the_same_code_has_the_same_fingerprint(same: str) -> None:
    one, other = prints(BASE, same)
    assert one == other
    assert one.startswith(LINES)


@pytest.mark.parametrize(
    "near",
    [
        changed(("    N = X", "    C = W.shape[0]\n    N = X")),
        changed(("        scores -= np.max(scores)\n", "")),
        changed(
            ("scores", "f"),
            ("    N = X.shape[1]\n", "    N = X.shape[1]\n    assert N > 0\n"),
        ),
        changed(("    return e / e.sum()", "    e = e + 0.0\n    return e / e.sum()")),
    ],
)
def test_one_line_more_or_less_is_similar(near: str) -> None:
    one, other = prints(BASE, near)
    assert one != other
    assert are_similar(BASE, near)
    assert are_similar(near, BASE)


@pytest.mark.parametrize(
    "other",
    [
        changed(("0.5 * reg", "reg")),
        changed(("np.outer(p, X[:, i])", "np.outer(X[:, i], p)")),
        changed(("W.dot(X[:, i])", "X[:, i].dot(W.T)")),
        changed(("        scores -= np.max(scores)\n", ""), ("    N = X", "    C = 1\n    N = X")),
        changed(("    N = X", "    C = W.shape[0]\n    D = W.shape[1]\n    N = X")),
        changed(("        dW += np", "    dW += np")),
    ],
)
def test_other_code_is_not_similar(other: str) -> None:
    assert not are_similar(BASE, other)


@pytest.mark.parametrize(
    "stub",
    [
        "pass",
        "'''Write this.'''",
        "loss = 0.0\n    dW = np.zeros_like(W)\n    pass\n    return loss, dW",
        "dW = np.zeros(W.shape)\n    raise NotImplementedError('write this')\n    return W * 2",
        "for i in range(len(y)):\n        pass\n    return 0.0, None",
        "print('later')\n    return None",
    ],
)
def test_code_that_computes_nothing_has_no_fingerprint(stub: str) -> None:
    text = f"def naive(W, X, y, reg):\n    {stub}\n\ndef vectorized(W, X, y, reg):\n    {stub}\n"
    assert prints(text) == [""]
    assert prints(BASE.replace("    return naive(W, X, y, reg)", f"    {stub}")) != [""]


def test_the_template_has_no_fingerprint() -> None:
    template = PROJECT / "student_template/softmax/softmax.py"
    assert fingerprint([template.read_bytes()], FUNCTIONS) == ""


def test_different_right_solutions_are_not_grouped() -> None:
    """Each base solves the task in a style of its own."""
    found = [fingerprint([path.read_bytes()], FUNCTIONS) for path in BASES]
    assert len(set(similar_groups(found).values())) == len(BASES) > 10


def test_known_submissions_are_grouped_only_if_one_was_made_from_the_other() -> None:
    """These differ by a line, or outside of the functions. All others are alone."""
    found = {path.stem: fingerprint([path.read_bytes()], FUNCTIONS) for path in SUBMISSIONS}
    groups: dict[str, list[str]] = {}
    representative = similar_groups(set(found.values()))
    for name, each in found.items():
        if each:
            groups.setdefault(representative[each], []).append(name)
    assert [group for group in groups.values() if len(group) > 1] == [
        ["byte_order_mark", "naive_stable_alone", "python2_print_in_main"],
        ["divided_by_classes", "strict_errors"],
        ["double_softmax", "exits_at_import"],
        ["dxc_layout", "dxc_layout_graded_as_cxd"],
        ["full_regularization", "full_regularization_graded_as_half"],
        ["full_regularization_half_gradient", "half_regularization_gradient_full_loss"],
        [
            "gradient_not_averaged",
            "naive_loss_not_averaged",
            "naive_reg_loss_alone",
            "returns_swapped",
        ],
        ["hangs_at_import", "raises_at_import"],
        ["main_block", "python2_exec", "vectorized_no_shift"],
    ]


def test_short_code_is_the_same_or_not() -> None:
    """By chance many write it alike but for a line."""
    short = "def naive(W, X, y, reg):\n    scores = W.dot(X)\n    return scores.sum(), W\n"
    longer = short.replace("    return", "    scores = scores - 1\n    return")
    assert are_similar(short, short.replace("scores", "s"))
    assert not are_similar(short, longer)


def test_fingerprints_of_older_versions_are_similar_to_none_but_themselves() -> None:
    older = "0" * 64
    longer = LINES + "0" * DIGITS * (LEAST_LINES + 1)
    groups = similar_groups({older, longer, longer[:-DIGITS], TEXT + older})
    assert len(set(groups.values())) == 3


@pytest.mark.parametrize("is_copied", [False, True])
def test_a_large_class_is_grouped_at_once(is_copied: bool) -> None:
    chance = random.Random(3)

    def some_lines(count: int) -> str:
        return "".join(f"{chance.getrandbits(4 * DIGITS):08x}" for _ in range(count))

    base = some_lines(50)
    found = set()
    for number in range(10_000):
        place = number % 50 * DIGITS
        copy = base[:place] + some_lines(1) + base[place:]
        found.add(LINES + (copy if is_copied else some_lines(50)))
    if is_copied:
        found.add(LINES + base)
    start = time.process_time()
    groups = similar_groups(found)
    assert time.process_time() - start < 5  # it takes 0.2 s
    assert len(set(groups.values())) == (1 if is_copied else len(found))


@pytest.mark.parametrize(
    "hostile",
    [
        "def naive(x):\n return (\n" + "+\n".join(["x"] * 25_000) + ")",
        "def naive(x):\n return (x\n" + ".a\n" * 20_000 + ")",
        "def naive(x):\n return (\n" + "-\n" * 30_000 + "x * x)",
        "def naive(x):\n" + " x+=1\n" * 9_000,
        "def naive(x):\n" + "".join(" " * n + "if x:\n" for n in range(1, 99)) + " " * 99 + "x+=1",
        "".join(f"def g{n}(x): return g{n + 1}(x) + 1\n" for n in range(1_500))
        + "def naive(x): return g0(x)",
        "def naive(x):\n return x + " + "\\\n".join(["9" * 900] * 8),
        "def naive(x):\n return x[" * 9_000,
        "\0",
        "def naive(x: (yield)) -> f'{x!r:{x}}':\n return x * f'{x!r:{x}}'",
    ],
)
@pytest.mark.timeout(20)
def test_hostile_code_has_a_short_fingerprint_soon(hostile: str) -> None:
    start = time.process_time()
    (found,) = prints(hostile)
    assert time.process_time() - start < 2
    assert 0 < len(found) <= len(LINES) + MOST_LINES * DIGITS


# --- code without the functions is compared as text ---

TEXT_BASE = b'def f(x):\n    s = "a # b"  # the scores\n    return s * x\n'


@pytest.mark.parametrize(
    "same",
    [
        b'def f(x):\n  s="a # b"\n  return s*x',
        b'# mine\n\ndef f( x ):\r\n\ts = "a # b"\r\n\treturn s * x # done',
        b"def f(x):\n    s = \"a # b\"  # another's ''' comment\n    return s * x\n",
    ],
)
def test_the_same_text(same: bytes) -> None:
    assert fingerprint([same], ASKED) == fingerprint([TEXT_BASE], ASKED)
    assert fingerprint([same], ASKED).startswith(TEXT)


@pytest.mark.parametrize(
    "other",
    [
        # Another string, though it looks like a comment.
        b'def f(x):\n    s = "a # c"\n    return s * x\n',
        b'def f(x):\n    s = "a  # b"\n    return s * x\n',
        b'def f(y):\n    s = "a # b"\n    return s * y\n',
        b'def f(x):\n    s = """a # b"""\n    return s * x\n',
        b"",
    ],
)
def test_another_text(other: bytes) -> None:
    assert fingerprint([other], ASKED) != fingerprint([TEXT_BASE], ASKED)


@pytest.mark.parametrize("nothing", [b"", b" \n\t\r\n", b"# my file\n"])
def test_nothing_has_no_fingerprint(nothing: bytes) -> None:
    assert fingerprint([nothing], ()) == ""


def test_a_quote_inside_a_string_does_not_end_it() -> None:
    assert fingerprint([b"s = 'it\\'s # one'"], ()) != fingerprint([b"s = 'it\\'s # two'"], ())
    assert fingerprint([b's = """a " # one"""'], ()) != fingerprint([b's = """a " # two"""'], ())


@given(some.binary(max_size=200))
def test_leading_space_changes_nothing(source: bytes) -> None:
    padded = source if source.startswith((b"'", b'"')) else b" " + source
    assert fingerprint([source], ()) == fingerprint([padded], ())


@pytest.mark.timeout(20)
@pytest.mark.parametrize("end", [b"", b"\\", b'"\\', b"'\\"])
@pytest.mark.parametrize(
    "piece",
    [
        b'"""',
        b"'''",
        b'"',
        b"'",
        b"#",
        b"\\",
        b"\n",
        b" ",
        b'"\\',
        b'"\\\n',
        b" '",
        b'"""\\',
        b'\\"""\n',
        b"\\'''\n",
    ],
)
def test_hostile_text_takes_one_pass(piece: bytes, end: bytes) -> None:
    """Quadratic code takes minutes for the last two pieces.

    A backslash keeps each of their strings from ending.
    """
    fingerprint([piece * (256 * 1024 // len(piece)) + end], ("f",))


# --- several files --------------------------------------------------------------------------------

LAYERS = b"""
import numpy as np

def affine(x, w, b):
    rows = x.reshape(len(x), -1)
    return rows @ w + b

def unused(x):
    return x + 1
"""
NET = b"""
from layers import *
import numpy

class Net:
    def __init__(self, W, b):
        self.W, self.b = W, b

    def loss(self, X):
        scores = affine(X, self.W, self.b)
        return numpy.exp(scores).sum()
"""


def test_files_are_compared_together_in_any_order() -> None:
    found = fingerprint([LAYERS, NET], ("affine", "Net"))
    assert found.startswith(LINES)
    assert found == fingerprint([NET, LAYERS], ("affine", "Net"))
    assert found == fingerprint([LAYERS + NET.replace(b"numpy.exp", b"np.exp")], ("affine", "Net"))
    changed = LAYERS.replace(b"@ w + b", b"@ w - b")
    assert found != fingerprint([changed, NET], ("affine", "Net"))
    assert found != fingerprint([LAYERS], ("affine", "Net"))


def test_what_a_class_uses_of_another_file_belongs_to_it() -> None:
    changed = LAYERS.replace(b"@ w + b", b"@ w - b")
    assert fingerprint([NET, LAYERS], ("Net",)) != fingerprint([NET, changed], ("Net",))
    no_matter = LAYERS.replace(b"x + 1", b"x + 2")
    assert fingerprint([NET, LAYERS], ("Net",)) == fingerprint([NET, no_matter], ("Net",))


def test_a_class_that_only_sets_up_its_objects_computes_nothing() -> None:
    text = b"class Net:\n    def __init__(self, W):\n        self.W = W * 2\n"
    assert fingerprint([text], ("Net",)) == ""
    assert fingerprint([text, LAYERS], ("Net",)) == ""
