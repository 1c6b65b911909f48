"""The line that holds a mistake: named if the text shows it beyond doubt, and only then.

No text makes the search fail.
"""

import difflib
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.assignment.find_assignment import SHIPPED
from grader.assignment.settings import read_assignment
from grader.model import Function, SourceFile
from grader.static_analysis.call_use import call_uses
from grader.static_analysis.locate import Location, locate
from grader.static_analysis.parsing import DEEPEST, LARGEST, WIDEST
from grader.static_analysis.patterns import PATTERNS, problem_with, read_line
from grader.static_analysis.syntax_tree import function_text
from tests.edits.corpus import FUNCTIONS, edits
from tests.support.paths import PROJECT

HEAD = "import numpy as np\n\ndef f(W, X, y, reg):\n"
SOURCES = [
    *sorted(PROJECT.glob("tests/submissions/*.py")),
    *sorted(PROJECT.glob("tests/edits/bases/*.py")),
]
BASES = sorted(PROJECT.glob("tests/edits/bases/*.py"))
LOOP = "    loss, dW = 0.0, np.zeros(W.shape)\n"
LINES = read_assignment(SHIPPED / "softmax").lines
ALL = sorted(LINES)


def function_of(call: str, inputs: str, outputs: str, name: str = "f") -> Function:
    names = tuple(re.findall(r"\b(\w+)\(", call))
    return Function("f", name, call, tuple(inputs.split()), tuple(outputs.split()), names)


def loss_and_gradient(name: str) -> Function:
    return function_of(f"loss, dW = {name}(W, X, y, reg)", "W X y reg", "loss dW", name)


def line_of(source: str | bytes, function: str, causes: list[str]) -> int | None:
    text = source if isinstance(source, bytes) else source.encode("utf-8", "surrogatepass")
    found = locate([SourceFile("work.py", text)], loss_and_gradient(function), causes, LINES)
    assert found is None or found.file is None
    return found and found.line


# The line with the mistake is marked.
NAMED = {
    "a hidden loop": (
        "loops_over.C",
        "    s = np.apply_along_axis(len, 0, X)  # <-\n    return 0, s\n",
    ),
    "one maximum": (
        "stable_each_sample",
        "    s = W.dot(X)\n    s -= np.max(s)  # <-\n    return s, s\n",
    ),
    "one maximum, as a method": (
        "stable_each_sample",
        "    s = W @ X\n    s = s - s.max()  # <-\n    return s, s\n",
    ),
    "one maximum, with a name": (
        "stable_each_sample",
        "    s = W @ X\n    m = np.amax(s)  # <-\n    e = np.exp(s - m)\n    return e, e\n",
    ),
    "return in the loop": (
        "returns_in_loop",
        LOOP + "    for i in range(9):\n        loss += 1\n        return loss, dW  # <-\n",
    ),
    "all in the loop": (
        "all_in_loop",
        LOOP + "    for i in range(9):\n        loss /= 9\n        return loss, dW  # <-\n",
    ),
    "loss overwritten": (
        "loss_last_only",
        "    loss = 0.0\n    for i in range(9):\n        loss = X[0, i]  # <-\n"
        "    return loss, W\n",
    ),
    "loss overwritten, then more": (
        "loss_last_only",
        "    loss = 0.0\n    for i in range(9):\n        loss = X[0, i]  # <-\n"
        "    loss /= 9\n    return loss + reg * np.sum(W * W), W\n",
    ),
    "dW overwritten": (
        "grad_last_only",
        "    dW = np.zeros(W.shape)\n    for i in y:\n      for j in X:\n"
        "        dW[j] = X[:, i]  # <-\n    return 1, dW / 9\n",
    ),
    "dW overwritten, whole": (
        "grad_last_only",
        "    dW = 0 * W\n    for x in X.T:\n        dW = np.outer(y, x)  # <-\n"
        "    return 1, dW + reg * W\n",
    ),
    "loss divided too early": (
        "loss_divided_in_loop",
        "    loss = 0\n    for i in y:\n        loss += i\n        loss /= 9  # <-\n"
        "    return loss, W\n",
    ),
    "dW divided too early": (
        "grad_divided_in_loop",
        "    dW = 0 * W\n    for i in y:\n        dW += i\n        dW /= 9  # <-\n"
        "    return 1, dW\n",
    ),
    "logarithm to base 10": (
        "log10",
        "    loss = -np.log10(W)  # <-\n    print(np.log10(loss))\n    return loss, W\n",
    ),
    "logarithm to base 2": (
        "log2_sum",
        "    from math import log2\n    return log2(np.sum(W)), W  # <-\n",
    ),
    "log1p": ("log1p", "    return (np.log(W) +\n            np.log1p(W)), W  # <-\n"),
    **{
        f"1e-{digit} in the logarithm": (
            f"epsilon_1e{digit}",
            f"    return -np.log(1e-{digit} + W), W  # <-\n    W = np.log(W + 1e-8)\n",
        )
        for digit in (3, 4, 5, 6)
    },
    "minus in the exponent": ("p_softmin", "    p = np.exp(-W)  # <-\n    return p, p\n"),
    "powers of 2": ("p_base2", "    p = np.exp2(W)  # <-\n    return p, p\n"),
    "powers of 10": ("p_base10", "    p = 10 ** W  # <-\n    return p, p\n"),
    "labels from 1": ("label_minus_1", "    right = W[y - 1, X]  # <-\n    return right, right\n"),
    "labels to C": ("label_plus_1", "    y = y + 1  # <-\n    return W[y], X[y]\n"),
    "-1 in place of p - 1": (
        "indicator_assigned",
        "    p = W.dot(X)\n    p[y, np.arange(9)] = -1  # <-\n    return 1, p\n",
    ),
    "+1 in place of -1": (
        "indicator_plus",
        "    p = W.dot(X)\n    p[y, np.arange(9)] += 1  # <-\n    return 1, p\n",
    ),
    "sum of W": ("rl_no_square", "    return 0.5 * reg * np.sum(W), reg * W  # <-\n"),
    "square of the sum": (
        "rl_square_of_sum",
        "    return 0.5 * reg * W.sum() ** 2, reg * W  # <-\n",
    ),
    "norm": ("rl_norm", "    return reg * np.linalg.norm(W), reg * W  # <-\n"),
    "sign": ("rg_sign", "    return 1, reg * np.sign(W)  # <-\n"),
    "precedence in dW": (
        "grad_precedence",
        "    loss, dW = 1, W.copy()\n    loss /= 9 + reg * np.sum(W * W)\n"
        "    dW /= 9 + reg * W  # <-\n    return loss, dW\n",
    ),
    "precedence in loss": (
        "loss_precedence",
        "    loss, dW = 1, W.copy()\n    loss /= 9 + reg * np.sum(W * W)  # <-\n"
        "    dW /= 9 + reg * W\n    return loss, dW\n",
    ),
    "another name": (
        "array_zero.dW",
        "    p = W.dot(X)\n    p[y] -= 1\n    dW = np.zeros(W.shape)\n"
        "    grad = p.dot(X.T)  # <-\n    return 1, dW\n",
    ),
    "another name, begun with zeros": (
        "grad_zero",
        "    dW, g = 0 * W, 1\n    grad = np.zeros(3)\n    grad += (W - y) @ X.T  # <-\n"
        "    return g, dW\n",
    ),
    "regularization left behind": (
        "rg_missing",
        "    dW = X * X\n    extra = reg * W  # <-\n    return reg * np.sum(W * W), dW\n",
    ),
    "regularization without a name": (
        "effect_missing.dW",
        "    dW = X * X\n    dW + reg * W  # <-\n    return 1, dW\n",
    ),
    "penalty left behind": (
        "rl_missing",
        "    penalty = reg * np.sum(W * W)  # <-\n    return 1, reg * W\n",
    ),
    "mean left behind": (
        "loss_no_N",
        "    loss = 1\n    loss / X.shape[1]  # <-\n    return loss, W\n",
    ),
    "compared in place of assigned": (
        "grad_no_N",
        "    dW = 2 * W\n    dW == dW / 9  # <-\n    return 1, dW\n",
    ),
    "in a function that it uses": (
        "log10",
        "    return g(W), W\n\ndef g(p):\n    return -np.log10(p)  # <-\n",
    ),
    "one that is left behind does not count": (
        "log10",
        "    loss = np.log10(W)  # <-\n    digits = np.log10(W)\n    return loss, digits\n",
    ),
    "one of a number does not count": (
        "log10",
        "    n = X.shape[1]\n    return np.log10(W) * np.log10(n) * 10 ** -9, W  # <-\n",
    ),
    "norm of another does not count": (
        "rl_norm",
        "    return reg * np.linalg.norm(W) / np.linalg.norm(X), W  # <-\n",
    ),
    "an array that is changed in place": (
        "log10",
        "    p = 0 * W\n    p += np.log10(W)  # <-\n    return p, W\n",
    ),
    "an array of another name": (
        "log10",
        "    p = 0 * W\n    row = p[0]\n    row += np.log10(W)  # <-\n    return np.sum(p), W\n",
    ),
    "an array that a call fills": (
        "log10",
        "    p = 0 * W\n    np.copyto(p, np.log10(W))  # <-\n    return p, W\n",
    ),
    "an array that is given out": (
        "log2",
        "    p = 0 * W\n    s = np.add(np.log2(W), 1, out=p)  # <-\n    return p, W\n",
    ),
    "an array that a function fills": (
        "log10",
        "    p = 0 * W\n    g(p, W)\n    return p, W\n\ndef g(a, b):\n    a += np.log10(b)  # <-\n",
    ),
    "an array that a function hands on": (
        "log10",
        "    p = 0 * W\n    q = g(p)\n    q += np.log10(W)  # <-\n    return p, W\n\n"
        "def g(a):\n    return a\n",
    ),
    "a row of a loop": (
        "log10",
        "    p = 0 * W\n    for a, b in zip(p, W):\n        a += np.log10(b)  # <-\n"
        "    return p, W\n",
    ),
    "a function without a name": (
        "log10",
        "    log = lambda p: np.log10(p)  # <-\n    return log(W), W\n",
    ),
    "what decides": (
        "log10",
        "    loss = 0\n    while np.log10(W) > loss:  # <-\n        loss += 1\n"
        "    return loss, W\n",
    ),
    "what leaves a loop": (
        "log10",
        "    loss = 0\n    for i in y:\n        loss += i\n"
        "        if np.log10(W) > 1:  # <-\n            break\n    return loss, W\n",
    ),
    "a return of one name": (
        "log10",
        "    p = np.log10(W)  # <-\n    both = p, W\n    return both\n",
    ),
    "an unreachable one does not count": (
        "log10",
        "    return np.log10(W), W  # <-\n    np.log10(X)\n",
    ),
    "a switched off one does not count": (
        "log10",
        "    if False:\n        W = np.log10(W)\n    return np.log10(W), W  # <-\n",
    ),
}

SILENT = {
    "no loop": ("loops_over.N", "    return 1, W\n"),
    "maximum of each sample": (
        "stable_each_sample",
        "    s = W @ X\n    s -= np.max(s, axis=0)\n    return s, s\n",
    ),
    "maximum of each sample, by position": (
        "stable_each_sample",
        "    s = W @ X\n    return s - s.max(0), s - np.max(s, 0)\n",
    ),
    "both maxima": (
        "stable_each_sample",
        "    s = W @ X\n    s -= np.max(s)\n    s -= np.max(s, axis=0)\n    return s, s\n",
    ),
    "maximum in a loop": (
        "stable_each_sample",
        "    for i in y:\n        s = W @ X[:, i]\n        s -= s.max()\n    return s, s\n",
    ),
    "maximum of the labels": (
        "stable_each_sample",
        "    classes = np.max(y) + 1\n    return classes, W\n",
    ),
    "return after the loop": (
        "returns_in_loop",
        LOOP + "    for i in y:\n        loss += 1\n    return loss, dW\n",
    ),
    "return in a branch of the loop": (
        "returns_in_loop",
        LOOP + "    for i in y:\n        if reg > 1:\n            return loss, dW\n",
    ),
    "return of a function in the loop": (
        "returns_in_loop",
        LOOP + "    for i in y:\n        def g():\n            return 1\n    return loss, dW\n",
    ),
    "loss added up": (
        "loss_last_only",
        "    loss = 0.0\n    for i in y:\n        loss += i\n    return loss, W\n",
    ),
    "loss added up at length": (
        "loss_last_only",
        "    loss = 0.0\n    for i in y:\n        loss = loss + i\n    return loss, W\n",
    ),
    "loss of a sample": (
        "loss_last_only",
        "    loss = 0.0\n    for i in y:\n        each = i\n        loss += each\n"
        "    return loss, W\n",
    ),
    "losses in an array": (
        "loss_last_only",
        "    losses = np.zeros(9)\n    for i in y:\n        losses[i] = i\n"
        "    return np.mean(losses), W\n",
    ),
    "loss overwritten in both branches": (
        "loss_last_only",
        "    loss = 0\n    for i in y:\n        if i:\n            loss = 1\n        else:\n"
        "            loss = 2\n    return loss, W\n",
    ),
    "table of ones": (
        "grad_last_only",
        "    Y = np.zeros(9)\n    for i in y:\n        Y[i] = 1\n    return 1, (W - Y).dot(X.T)\n",
    ),
    "dW begun in the loop": (
        "grad_last_only",
        "    for i in y:\n        dW = i * W\n    return 1, dW\n",
    ),
    "division missing": ("loss_no_N", "    loss = np.sum(X)\n    return loss, W\n"),
    "divided after the loop": (
        "loss_divided_in_loop",
        "    loss = 0\n    for i in y:\n        loss += i\n    loss /= 9\n    return loss, W\n",
    ),
    "two logarithms": ("log10", "    a = np.log10(W)\n    b = np.log10(W)\n    return a + b, W\n"),
    "natural logarithm": ("log10", "    return np.log(W) / np.log(10), W\n"),
    "number in the denominator": ("epsilon_1e5", "    return np.log(W / (X + 1e-5)), W\n"),
    "a large number in the logarithm": ("epsilon_1e5", "    return np.log(W + 1.0), W\n"),
    "difference in the exponent": ("p_softmin", "    return np.exp(W - np.max(W)), W\n"),
    "table of labels": (
        "indicator_assigned",
        "    p = np.zeros(9)\n    p[y, np.arange(9)] = 1\n    return 1, p\n",
    ),
    "-1 in a table of zeros": (
        "indicator_assigned",
        "    G = np.zeros(9)\n    G[y, np.arange(9)] = -1\n    G += W\n    return 1, G\n",
    ),
    "+1 in a table of zeros": (
        "indicator_plus",
        "    Y = np.zeros(9)\n    Y[y, np.arange(9)] += 1\n    return 1, W - Y\n",
    ),
    "sum of squares": ("rl_no_square", "    return np.sum(W * W), W\n"),
    "sum of another": ("rl_no_square", "    return np.sum(X), W\n"),
    "several unused": (
        "grad_zero",
        "    dW = 0 * W\n    p = W.dot(X) - y\n    a = p.dot(X.T)\n    b = p * X\n"
        "    return 1, dW\n",
    ),
    "unused, but not of the labels": (
        "grad_zero",
        "    a = W.dot(X)\n    b = X.dot(y)\n    return 1, 0 * W\n",
    ),
    "unused, made in two steps": (
        "grad_zero",
        "    grad = (W - y).dot(X)\n    grad += (W + y) * X\n    return 1, 0 * W\n",
    ),
    "unused, but no product": ("grad_zero", "    n = X.shape[1]\n    return 1, 0 * W\n"),
    "used out of sight": ("grad_zero", "    grad = (W - y).dot(X)\n    return 1, eval('grad')\n"),
    "used in a function of its own": (
        "grad_zero",
        "    grad = (W - y).dot(X)\n    def g():\n        return grad\n    return 1, g()\n",
    ),
    "penalty used": ("rl_missing", "    penalty = reg * np.sum(W * W)\n    return penalty, W\n"),
    "a norm of X": (
        "rl_norm",
        "    scale = np.linalg.norm(X)\n    return reg * np.sqrt(np.sum(W * W)) / scale, W\n",
    ),
    "a norm of W for dW": (
        "rl_norm",
        "    return reg * np.sqrt(np.sum(W * W)), W / np.linalg.norm(W)\n",
    ),
    "a small number of another size": (
        "epsilon_1e3",
        "    return -np.log(W + 1e-8) - np.log(1e-3 * np.ones(9) + W), W\n",
    ),
    "a logarithm left behind": (
        "log10",
        "    digits = np.log10(W)\n    return np.log(W) / np.log(10), W\n",
    ),
    "a logarithm of the number of samples": (
        "log10",
        "    n = X.shape[1]\n    return np.log(W) / np.log(10) * np.log10(n), W\n",
    ),
    "a logistic function left behind": (
        "p_softmin",
        "    p = W @ X\n    a = 1 / (1 + np.exp(-p))\n    return p, p\n",
    ),
    "a minus in one half only": ("p_softmin", "    p = W @ X\n    return np.exp(-p), p\n"),
    "a place for each half": (
        "label_minus_1",
        "    p = W @ X\n    loss = np.sum(p[y - 1])\n    p[y - 1] -= 1\n"
        "    return loss, p.copy()\n",
    ),
    "a place for each half, and two arrays": (
        "label_minus_1",
        "    p = W @ X\n    loss = np.sum(p[y - 1])\n    d = p.copy()\n    d[y - 1] -= 1\n"
        "    return loss, d\n",
    ),
    "a power of 10 that is a number": (
        "p_base10",
        "    p = np.power(10, W) / 10 ** 9\n    return p, p\n",
    ),
    "maximum of the samples": (
        "stable_each_sample",
        "    X = X - np.max(X)\n    s = W @ X\n    return s, s\n",
    ),
    "labels left behind": (
        "label_minus_1",
        "    k = y - 1\n    lab = y\n    lab = lab - 1\n    return W[lab], W[lab]\n",
    ),
    "sum left behind": (
        "rl_no_square",
        "    total = np.sum(W)\n    return reg * sum(w for w in W), W\n",
    ),
    "-1 in a full table": (
        "indicator_assigned",
        "    T = np.full(9, 0.0)\n    T[y, np.arange(9)] = -1\n    T += W\n    return 1, T\n",
    ),
    "scores left behind": (
        "grad_zero",
        "    scores = W.dot(X)\n    return 0.0, np.zeros(W.shape)\n",
    ),
    "an unknown mistake": ("brand_new", "    return np.log10(W), W\n"),
    "defined twice": (
        "log10",
        "    return np.log10(W), W\ndef f(W, X, y, reg):\n    return np.log10(W), W\n",
    ),
    "given away": ("log10", "    return np.log10(W), W\nf = print\n"),
    "another function": ("log10", "    return 1, W\ndef g(W):\n    return np.log10(W)\n"),
    "does not parse": ("log10", "    return np.log10(W, W\n"),
    "too long": (
        "log10",
        "    return np.log10(W), W\n" + "#" * 100 + "\n" + "# long\n" * (LARGEST // 7),
    ),
    "too wide": ("log10", "    return np.log10(W), W  # " + "x" * WIDEST + "\n"),
    "too wide, with form feeds in it": (
        "log10",
        "    return np.log10(W), W  # " + "x\f" * WIDEST + "\n",
    ),
    "too deep": ("log10", "    return np.log10(W), W  # " + "(" * (DEEPEST + 1) + "\n"),
}


@pytest.mark.parametrize("name", NAMED)
def test_a_line_that_shows_itself_is_named(name: str) -> None:
    cause, body = NAMED[name]
    source = HEAD + body
    (marked,) = [
        number for number, line in enumerate(source.split("\n"), start=1) if "# <-" in line
    ]
    assert line_of(source, "f", [cause]) == marked
    assert line_of(source.replace("\n", "\r\n").encode(), "f", [cause]) == marked


@pytest.mark.parametrize("name", SILENT)
def test_where_there_is_doubt_none_is_named(name: str) -> None:
    cause, body = SILENT[name]
    assert line_of(HEAD + body, "f", [cause]) is None


def test_every_kind_of_mistake_is_tried() -> None:
    tried = {LINES[cause].partition(":")[0] for cause, _ in NAMED.values()}
    assert tried == set(PATTERNS)


def test_several_causes_must_stand_in_one_line() -> None:
    together = HEAD + "    return -np.log10(W) + reg * np.sum(W), W\n"
    apart = HEAD + "    loss = -np.log10(W)\n    return loss + reg * np.sum(W), W\n"
    causes = ["log10", "rl_no_square"]
    assert line_of(together, "f", causes) == 4
    assert line_of(apart, "f", causes) is None
    assert line_of(together, "f", ["log10", "rg_missing"]) is None
    assert line_of(together, "f", ["log10", "brand_new"]) is None
    assert line_of(together, "f", []) is None


def test_a_function_that_is_not_there() -> None:
    assert line_of(HEAD + "    return np.log10(W), W\n", "g", ["log10"]) is None
    assert line_of("class A:\n    def f(W):\n        return np.log10(W)\n", "f", ["log10"]) is None


@pytest.mark.parametrize(
    "first",
    [
        "# -*- coding: raw_unicode_escape -*- \\u000a\\u000a\n",
        "# coding: utf-7 +AAo-\n",
        "# coding: nonsense\n",
        "# a form feed \f and \v, \x1c, \x85 and \u2028 end no line\n",
        "\r",
        "\ufeff\r\n",
    ],
    ids=range(6),
)
def test_lines_are_those_of_the_child(first: str) -> None:
    """Which decodes a source as UTF-8 whatever it says, and lets Python count."""
    assert line_of(first + HEAD + "    return np.log10(W), W\n", "f", ["log10"]) == 5


@pytest.mark.filterwarnings("error")
def test_pythons_own_warnings_are_not_shown() -> None:
    assert line_of(HEAD + '    "\\d"\n    return np.log10(W), W\n', "f", ["log10"]) == 5


# --- what the lines of the call say ---


@pytest.mark.parametrize(
    ("call", "inputs", "outputs", "pattern", "line"),
    [
        # The second of three values, and an argument by its name.
        ("a, b, c = f(p, second=q)", "p q", "a b c", "call: log10, q, b", 2),
        ("a, b, c = f(p, second=q)", "p q", "a b c", "call: log10, q, a", None),
        ("a, b, c = f(p, second=q)", "p q", "a b c", "call: log10, p, b", None),
        ("a, b, c = f(p, second=q)", "p q", "a b c", "call on input: log10, q, b", 2),
        # A single value; one that is taken apart later; one that is not an output.
        ("a = f(p, q)", "p q", "a", "call: log10, q, a", 2),
        ("all = f(p, q)\na = all[0]", "p q", "a", "call: log10, q, a", 2),
        ("_, b, d = f(p, q)\na, c = d[0], b", "p q", "a c", "call: log10, q, c", 2),
        ("_, b, d = f(p, q)\na, c = d[0], b", "p q", "a c", "call: log10, q, a", None),
        # An input that is changed on its way is no argument, nor one behind *.
        ("a, b, c = f(p, q @ q.T)", "p q", "a b c", "call: log10, q, b", None),
        ("a, b, c = f(*p, q)", "p q", "a b c", "call: log10, q, b", None),
        # Called twice, or within an expression: whose values are these?
        ("a, b, c = f(p, q)\nd = f(q, p)", "p q", "a b c d", "call: log10, q, b", None),
        ("a = abs(f(p, q))", "p q", "a", "call: log10, q, a", None),
        ("if True:\n    a, b, c = f(p, q)", "p q", "a b c", "call: log10, q, b", None),
    ],
)
def test_arguments_and_values_have_the_names_of_the_call(
    call: str, inputs: str, outputs: str, pattern: str, line: int | None
) -> None:
    text = b"def f(first, second):\n    b = log10(second)\n    return first, b, 0\n"
    function = function_of(call, inputs, outputs)
    found = locate([SourceFile("work.py", text)], function, ["cause"], {"cause": pattern})
    assert (found and found.line) == line


BACKWARD = """
out, cache = forward(x, w)
dx, dw = backward(dout, cache)
"""


def test_a_line_is_looked_for_in_the_function_that_returns_the_output() -> None:
    """In whichever of several files it stands."""
    function = function_of(BACKWARD, "x w dout", "out dx dw", "backward")
    layers = "def forward(x, w):\n    out = np.log10(w)\n    return out, (x, w)\n"
    main = "from layers import *\n\ndef backward(d, cache):\n    return np.sign(d), d\n"
    files = [SourceFile("net.py", main.encode()), SourceFile("layers.py", layers.encode())]
    lines = {"forward": "call: log10, w, out", "backward": "call: sign, dout, dx"}
    assert locate(files, function, ["forward"], lines) == Location(2, "layers.py")
    assert locate(files, function, ["backward"], lines) == Location(4, None)
    assert locate(files, function, ["forward", "backward"], lines) is None
    # Two definitions: which of them ran?
    files.append(SourceFile("more.py", layers.encode()))
    assert locate(files, function, ["forward"], lines) is None
    # Without outputs: the function of this name.
    lines = {"loop": "hidden loop"}
    main = main.replace("np.sign(d)", "list(map(abs, d))")
    assert locate([SourceFile("net.py", main.encode())], function, ["loop"], lines) == (4, None)


@pytest.mark.parametrize(
    ("pattern", "problem"),
    [
        ("hidden loop", None),
        ("assigned in loop: dW", None),
        (" call of sum :  log , 1e-3 , W , loss , dW ", None),
        ("call on input: norm, W, loss", None),
        ("divided with term: reg, W, dW", None),
        ("unused term: reg, W", None),
        ("assigned in lop: dW", "'assigned in lop' is no pattern. Do you mean 'assigned in loop'?"),
        ("quux", "'quux' is no pattern. Write one of hidden loop, return in loop,"),
        ("assigned in loop: dw", "'dw' is no output. Do you mean 'dW'? Write one of loss, dW."),
        ("call: log10, w, loss", "'w' is no input. Do you mean 'W'? Write one of W, X, y, reg."),
        ("call: log11, W, loss", "'log11' is no function of numpy. Do you mean 'log1"),
        ("power: ten, W, loss", "'power' takes a number, an input, outputs. Write power: a number"),
        ("assigned in loop", "'assigned in loop' takes an output. Write assigned in loop: an out"),
        ("assigned in loop: loss, dW", "'assigned in loop' takes an output."),
        ("hidden loop: N", "'hidden loop' takes nothing behind it. Write hidden loop"),
        ("unused term: reg, V", "'V' is no input."),
        ("call: log10, W, los", "'los' is no output. Do you mean 'loss'?"),
        ("call: log10, W", "'call' takes a function, an input, outputs."),
    ],
)
def test_authors_read_what_is_wrong_with_a_pattern(pattern: str, problem: str | None) -> None:
    told = problem_with(pattern, ("W", "X", "y", "reg"), ("loss", "dW"))
    assert told is None if problem is None else (told or "").startswith(problem)


def test_the_page_for_authors_has_every_pattern() -> None:
    page = PROJECT.joinpath("docs/write-an-assignment.md").read_text(encoding="utf-8")
    table = page.partition("### Faulty lines")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (`.*?) \|", table, re.MULTILINE)
    examples = [each for row in rows for each in re.findall(r"`(.*?)`", row)]
    assert {each.partition(":")[0] for each in examples} == set(PATTERNS)
    for example in examples:
        assert problem_with(example, ("W", "X", "y", "reg"), ("loss", "dW")) is None


def test_a_pattern_about_what_the_function_does_not_have_finds_nothing() -> None:
    text = b"def f(W):\n    return np.log10(W)\n"
    function = function_of("loss = f(W)", "W", "loss")
    lines = {"here": "call: log10, W, loss", "elsewhere": "call: log10, W, dW"}
    assert locate([SourceFile("work.py", text)], function, ["here"], lines) == (2, None)
    assert locate([SourceFile("work.py", text)], function, ["elsewhere"], lines) is None


# --- the corpus of edits ---


def test_a_line_that_is_named_is_one_that_was_edited() -> None:
    """Or one whose value was used in what was edited away."""
    named = 0
    for edit in (edit for edit in edits() if edit.kind == "single"):
        before, after = (
            edit.base.read_text(encoding="utf-8").split("\n"),
            edit.source.decode().split("\n"),
        )
        changed: set[int] = set()
        gone = ""
        for kind, start, end, first, last in difflib.SequenceMatcher(
            None, before, after, autojunk=False
        ).get_opcodes():
            if kind != "equal":
                changed |= set(range(first + 1, last + 1))
                gone += " ".join(before[start:end])
        for function in edit.functions:
            line = line_of(edit.source, FUNCTIONS[function], sorted(edit.truth))
            if line is not None:
                name = after[line - 1].split()[0]
                assert line in changed or name in re.findall(r"\w+", gone), edit.name
                named += 1
    assert named > 15


@pytest.mark.parametrize("path", BASES, ids=lambda path: path.stem)
def test_of_correct_code_nothing_is_suspected(path: Path) -> None:
    """Loops are no mistake by themselves."""
    for function in FUNCTIONS.values():
        suspected = {
            cause: line_of(path.read_bytes(), function, [cause])
            for cause in ALL
            if not cause.startswith("loops_over.")
        }
        assert {cause: line for cause, line in suspected.items() if line} == {}


# --- whatever the text is ---


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_every_file_that_is_known_can_be_read(path: Path) -> None:
    source = path.read_bytes()
    lines = range(1, len(re.split(b"\r\n|\r|\n", source)) + 1)
    for function in FUNCTIONS.values():
        called = loss_and_gradient(function)
        text = function_text(source, call_uses(called)[0])
        if text is None:
            continue
        for pattern in set(LINES.values()):
            find = read_line(pattern, called.inputs, called.outputs).find
            assert all(place.line in lines for place in find(text))


@settings(max_examples=150, deadline=None)
@given(
    st.one_of(st.text(), st.binary(), st.text("()[]{}:=+-*/.,'\"\\ \nfdefWXlog10returnforin#")),
    st.sampled_from(ALL),
)
def test_arbitrary_text(text: str | bytes, cause: str) -> None:
    assert line_of(text, "f", [cause]) in (None, *range(1, len(text) + 2))


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_files_with_pieces_missing(data: st.DataObject) -> None:
    source = data.draw(st.sampled_from(BASES)).read_text(encoding="utf-8")
    start = data.draw(st.integers(0, len(source)))
    cut = source[:start] + source[start + data.draw(st.integers(1, 200)) :]
    for function in FUNCTIONS.values():
        line_of(cut, function, [data.draw(st.sampled_from(ALL))])


@pytest.mark.parametrize(
    "text",
    [
        "x = (a" + "\n.x" * 20000 + ")",
        "x = (1" + "\n+1" * 20000 + ")",
        "x = (" + "-\n" * 30000 + "1)",
        "x = (f" + "\n()" * 20000 + ")",
        "x = (" + "lambda:\n" * 8000 + "1)",
        "if 1:\n x\n" + "elif 1:\n x\n" * 5000,
        "".join(" " * depth + "if 1:\n" for depth in range(150)) + " " * 150 + "x",
        "def f(a):\n g0()\n" + "".join(f"def g{n}():\n g{n + 1}()\n" for n in range(2000)),
        "def f(W, X, y, reg):\n"
        + "".join(f" a{n} = a{n + 1}\n" for n in range(2500))
        + " return a0, W",
        "def f(W, X, y, reg):\n x = (1" + "\n**10" * 4000 + ")\n return x, x",
        "def f(W, X, y, reg):\n x = (a"
        + "\n.b" * 900
        + ")"
        + "\n x = (g("
        + "\ng," * 4000
        + "))\n return x, x\ndef g(a): return a",
        "\0",
        "\ud800",
        b"# coding: nonsense\n",
        b"\xff\xfe",
    ],
    ids=range(15),
)
def test_text_that_is_no_program_of_a_person(text: str | bytes) -> None:
    assert line_of(text, "f", ["log10"]) is None
