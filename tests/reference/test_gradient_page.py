"""The page that explains the gradient: its numbers.

Each is computed anew, and both languages hold the same ones.
"""

import re
from types import SimpleNamespace

import numpy as np
from scipy.special import softmax

from grader.model import Array
from tests.support.gradient_page import (
    ENGLISH,
    FENCE,
    REFERENCE,
    SPANISH,
    example,
    number_lines,
    page,
    prose_numbers,
    python_blocks,
    topics,
)

Row = tuple[str, list[float]]  # a line of numbers: its label, its values

# --- what the numbers must be ---------------------------------------------------------------------


def lines(label: str, array: Array) -> list[Row]:
    return [(label.format(index), [*row]) for index, row in enumerate(array)]


def gradient(*arrays: Array) -> list[Row]:
    """The rows of one dW, or of two side by side, and their sum."""
    beside = np.hstack(arrays)
    return [*lines("dW[{}, :]", beside), ("Σ", [*beside.sum(axis=0)])]


def expected_rows(here: SimpleNamespace) -> dict[str, list[Row]]:
    """Topic -> its lines of numbers.

    Right numbers come from the reference; wrong ones are computed here as the page says.
    """
    W, X, y, reg, C, D, N = here.W, here.X, here.y, here.reg, here.C, here.D, here.N
    x, scores, shifted, p, indicator = (
        X[:, 0],
        here.S[:, 0],
        here.S[:, 0] - here.m[0],
        here.P[:, 0],
        here.Y[:, 0],
    )
    label, total = y[0], here.Z[0]

    def reference(weights: Array, images: slice, strength: float) -> tuple[float, Array]:
        loss, dW = REFERENCE.softmax_loss_naive(weights, X[:, images], y[images], strength)
        return float(loss), dW

    def moved(weight: float) -> float:
        weights = W.copy()
        weights[0, 1] = weight
        return reference(weights, slice(1), 0.0)[0]

    loss, dW = reference(W, slice(1), 0.0)
    mean_loss, mean_dW = reference(W, slice(N), 0.0)
    full_loss, full_dW = reference(W, slice(N), reg)
    losses = [reference(W, slice(image, image + 1), 0.0)[0] for image in range(N)]
    large = scores + 1000
    with np.errstate(over="ignore", invalid="ignore"):
        overflowed = np.exp(large) / np.exp(large).sum()
        exponentials = np.exp(large)
    return {
        "by-hand": [
            ("s_j = w_j · x_i", [*scores, scores.sum()]),
            (f"s_j - {here.m[0]:.0f}", [*shifted, shifted.sum()]),
            (f"exp(s_j - {here.m[0]:.0f})", [*np.exp(shifted), total]),
            ("p_j", [*p, p.sum()]),
            ("1[j == y_i]", [*indicator, indicator.sum()]),
            ("p_j - 1[j == y_i]", [*(p - indicator), (p - indicator).sum()]),
            (f"L_i = -log(p_{label})", [loss]),
            *gradient(dW),
        ],
        "slope": [
            ("L_i(W[0, 1] = 0.01)", [moved(0.01)]),
            ("L_i(W[0, 1] = -0.01)", [moved(-0.01)]),
            ("(L_i(0.01) - L_i(-0.01)) / 0.02", [(moved(0.01) - moved(-0.01)) / 0.02]),
        ],
        "log": [
            ("-(s[y_i] - m) + log(Σ_k exp(s_k - m))", [loss]),
            ("-log(p[y_i])", [-np.log(p[label])]),
            ("-log10(p[y_i])", [-np.log10(p[label])]),
            ("-p[y_i]", [-p[label]]),
            ("Σ_j -log(p_j)", [-np.log(p).sum()]),
            ("-s[y_i] + log(Σ_k exp(s_k - m))", [-scores[label] + np.log(total)]),
        ],
        "shift": [
            ("s_j", [*large]),
            ("exp(s_j)", [*exponentials]),
            ("exp(s_j) / Σ", [*overflowed]),
            (f"s_j - {large.max():.0f}", [*(large - large.max())]),
            ("p_j", [*softmax(large)]),
        ],
        "average": [("L_i", [*losses, sum(losses), mean_loss]), *gradient(mean_dW)],
        "regularization": [
            ("reg = 0", [mean_loss, *mean_dW[1]]),
            ("0.5 * reg * sum(W * W)", [full_loss, *full_dW[1]]),
            ("reg * sum(W * W)", [2 * full_loss - mean_loss, *(2 * full_dW - mean_dW)[1]]),
        ],
        "matrices": [
            *lines("S[{}, :]", here.S),
            ("m", [*here.m]),
            ("Z", [*here.Z]),
            *lines("P[{}, :]", here.P),
            *lines("G[{}, :]", here.G),
        ],
        "axis": [
            (f"axis={axis}", [*(here.E / here.E.sum(axis, keepdims=True)).sum(axis=0)])
            for axis in (0, 1, None)
        ],
        "labels": [("y_i", [*y]), ("S[y_i, i]", [*here.S[y, np.arange(N)]])],
        "wrong-indicator": gradient(dW, np.outer(p, x)),
        "wrong-one-row": gradient(dW, np.outer((p - 1) * indicator, x)),
        "wrong-scores": gradient(
            np.outer(scores - indicator, x), np.outer(np.exp(shifted) - indicator, x)
        ),
        "wrong-average": [
            ("Σ_i / N", [*mean_dW[1]]),
            ("Σ_i", [*N * mean_dW[1]]),
            ("Σ_i / C", [*N * mean_dW[1] / C]),
            ("Σ_i / D", [*N * mean_dW[1] / D]),
            ("Σ_i / N / N", [*mean_dW[1] / N]),
        ],
        "wrong-regularization": [
            ("Σ_i / N + reg * W", [*full_dW[1]]),
            ("Σ_i / N", [*mean_dW[1]]),
            ("(Σ_i + reg * W) / N", [*(mean_dW + reg * W / N)[1]]),
            ("Σ_i / N + N * reg * W", [*(mean_dW + N * reg * W)[1]]),
            ("Σ_i / N + 2 * reg * W", [*(mean_dW + 2 * reg * W)[1]]),
        ],
    }


def expected_prose(here: SimpleNamespace) -> dict[str, list[str]]:
    """Topic -> the numbers outside of blocks, as they are written, in any order."""
    loss, dW = REFERENCE.softmax_loss_naive(here.W, here.X[:, :1], here.y[:1], 0.0)
    far = np.array([[0.0], [-800.0]])
    true_loss = REFERENCE.softmax_loss_naive(far, np.ones((1, 1)), np.array([1]), 0.0)[0]
    largest = np.floor(np.log(np.finfo(np.float64).max))
    return {
        "by-hand": ["0.0"],
        "slope": [f"{dW[0, 1]:.4f}"] * 2,
        "loss": [f"{here.Z[0]:.4f}", f"{loss:.4f}"],
        "log": [
            *(f"{np.log(classes):.4f}" for classes in (here.C, 10)),
            *(f"{-true_loss:.0f}", f"{true_loss:.0f}"),
            f"{-np.log(softmax(far)[1, 0] + 1e-8):.2f}",
        ],
        "shift": [f"{largest:.0f}", "1000", "1000", "-1000", f"{-1000 - 1000:.0f}"],
        "gradient": [f"{here.G[here.y[0], 0]:.4f}"],
        "regularization": ["0.5", "0.5", "0.5", f"{here.reg}"],
        "wrong-regularization": ["0.5", f"{here.reg}", f"{here.reg}"],
    }


def written_as(value: float, token: str) -> str:
    """The value with as many decimals as the token has; a rounded zero has no sign."""
    decimals = len(token.partition(".")[2])
    return f"{round(float(value), decimals) + 0.0:.{decimals}f}"


def agrees(line: str, row: Row) -> bool:
    label, *tokens = re.split(r" {2,}", line.rstrip())
    return (
        label == row[0]
        and len(tokens) == len(row[1])
        and [written_as(*pair) for pair in zip(row[1], tokens, strict=True)] == tokens
    )


def wrong_lines(found: list[str], expected: list[Row]) -> list[str]:
    wrong = [
        f"{line!r}: {row}"
        for line, row in zip(found, expected, strict=False)
        if not agrees(line, row)
    ]
    if len(found) != len(expected):
        wrong.append(f"{len(found)} lines for {len(expected)}")
    return wrong


# --- the numbers ----------------------------------------------------------------------------------


@page
def test_every_line_of_numbers_is_right(text: str) -> None:
    expected = expected_rows(example(text))
    found = {topic: number_lines(section) for topic, section in topics(text)}
    assert {topic for topic, its_lines in found.items() if its_lines} == set(expected)
    assert {
        topic: wrong
        for topic, rows in expected.items()
        if (wrong := wrong_lines(found[topic], rows))
    } == {}


@page
def test_a_changed_number_is_noticed(text: str) -> None:
    """A test of the test above: the last digit of each number in turn is changed."""
    expected = expected_rows(example(text))
    changed = 0
    for topic, section in topics(text):
        found = number_lines(section)
        for at, line in enumerate(found):
            for number in re.finditer(r"(?<=  )-?(?:[\d.]*(\d)|inf|nan)(?= |$)", line):
                other = number[0][:-1] + str((int(number[1]) + 1) % 10) if number[1] else "0"
                damaged = line[: number.start()] + other + line[number.end() :]
                assert wrong_lines([*found[:at], damaged, *found[at + 1 :]], expected[topic]), (
                    damaged
                )
                changed += 1
    assert changed == sum(len(values) for rows in expected.values() for _, values in rows)


@page
def test_changed_data_of_the_example_are_noticed(text: str) -> None:
    block = python_blocks(dict(topics(text))["by-hand"])[0]
    code = re.compile(r"(?<=[\[ -])\d(?:\.\d)?(?=[\],\n])")
    found = {topic: number_lines(section) for topic, section in topics(text)}
    places = list(code.finditer(block))
    assert len(places) == 6 + 8 + 4 + 1
    for place in places:
        other = {"0": "1", "1": "0", "2": "1", "0.1": "0.2"}[place[0]]
        expected = expected_rows(
            example(text.replace(block, block[: place.start()] + other + block[place.end() :]))
        )
        assert any(wrong_lines(found[topic], rows) for topic, rows in expected.items()), (
            f"{place[0]} -> {other} at {place.start()}"
        )


@page
def test_numbers_between_the_lines(text: str) -> None:
    expected = expected_prose(example(text))
    for topic, section in topics(text):
        assert sorted(prose_numbers(section)) == sorted(expected.get(topic, [])), topic


@page
def test_the_example_is_the_one_that_the_text_names(text: str) -> None:
    here = example(text)
    prose = {topic: FENCE.sub("", section) for topic, section in topics(text)}
    section = prose["by-hand"]
    assert re.findall(r"\(\d, \d\)", section) == [f"({here.X[0, 0]:.0f}, {here.X[1, 0]:.0f})"] * 2
    assert f"y_i = {here.y[0]}." in section
    for letter in "CDN":
        assert f"({letter} = {getattr(here, letter)})" in section
    assert (
        re.findall(r", (\d)[,.] ", section)
        == re.findall(r"m = (\d)", prose["log"])
        == [f"{here.m[0]:.0f}"]
    )
    call = re.search(r"`(\(W, X.*\))`", section)
    assert call is not None
    loss, _ = REFERENCE.softmax_loss_naive(*eval(call[1], vars(here)))
    assert f"{loss:.4f}" in prose["loss"]
    assert re.findall(r"sum\(W \* W\) \w+ (\d+):", text) == [f"{np.sum(here.W * here.W):.0f}"]


@page
def test_the_bars_are_as_long_as_their_numbers(text: str) -> None:
    here = example(text)
    (picture,) = (block for _, block in FENCE.findall(text) if "###" in block)
    for row, line in enumerate(picture.splitlines()[1:]):
        bars = [here.P[row, 0], here.Y[row, 0], abs(here.G[row, 0])]
        found = re.findall("#+", line)
        assert [len(bar) for bar in found] == [round(16 * bar) for bar in bars if bar]
        assert ("#|" in line) == (here.G[row, 0] < 0)


@page
def test_two_classes_have_opposite_rows(text: str) -> None:
    """The answer to the question to the reader."""
    here = example(text)
    _, dW = REFERENCE.softmax_loss_naive(here.W[:2], here.X[:, :1], here.y[:1], 0.0)
    np.testing.assert_allclose(dW[0] + dW[1], 0.0, atol=1e-15)
    assert re.search(r"C = 2, .*dW\[0\] \+ dW\[1\]", text)


def test_both_languages_give_the_same_blocks() -> None:
    assert FENCE.findall(ENGLISH) == FENCE.findall(SPANISH)
