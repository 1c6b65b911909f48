"""The inputs on which submissions are asked, drawn from a seed. Always in the layout W: (C, D), X: (D, N); the grader turns them."""

import numpy as np

REG = (
    0.15,
    0.19,
)  # drawn from here: not 0.5, 1 or 2, and such that reg * W is 0.1 to 1.5 times the rest of dW, in either regularization
SMALL = {
    "small": (7, 5, 3),
    "wide": (4, 6, 5),
    "square": (4, 4, 4),
}  # N, D, C: all different, so that /N, /C and /D differ
TIMED, AGAINST = 30, 6  # how many fresh inputs for the two races: a first try and one repetition

# Scores that overflow or underflow a careless exp: one list per sample, and the labels. tests/test_cases.py has their true losses.
STRESS = {
    "A": ([[1000, 1002, 1001], [1001, 1000, 1003]], [0, 2]),
    "B": ([[-1000, -1002, -1001], [-1001, -1000, -1003]], [0, 2]),
    "C": ([[1000, 1001, 999], [-1000, -1001, -1002]], [0, 2]),
    "J": ([[700, 700, 700], [700, 700, 700]], [0, 2]),
    "E": ([[0, -800, 1], [0, 1, -800]], [1, 2]),
    "F": ([[0, -40, 1], [0, 1, -40]], [1, 2]),
    "G": ([[0, -19, 1], [0, 1, -19]], [1, 2]),
    "I": ([[100000, 0, 0], [0, 100000, 0]], [0, 2]),
}
UNUSUAL = {
    "one_sample": (1, 5, 3),
    "one_class": (7, 5, 1),
    "one_label": (6, 5, 3),
    "whole_numbers": (7, 4, 3),
}  # N, D, C: for advice


def cases(random):
    """Name -> (W, X, y, reg). random: a numpy Generator; the same state gives the same cases.

    <name>_reg is the twin of <name>: it differs in reg only.
    """
    made = {}
    aside = random.spawn(1)[0]  # what it draws does not move what follows
    reg = round(aside.uniform(*REG), 4)
    for name, (N, D, C) in SMALL.items():
        W, X, y = draw(random, N, D, C)
        made[name] = W, X, y, 0.0
        made[name + "_reg"] = W, X, y, reg
    for name, (scores, labels) in STRESS.items():
        W = np.array(scores, float).T
        if (
            name != "J"
        ):  # whose scores are equal; the others differ from key to key, so that no table of answers knows them
            W = (
                W + aside.integers(-3, 4, W.shape) / 8
            )  # eighths: exact in float32 too, even beside 1000
        made[name] = (
            W,
            np.eye(W.shape[1]),
            np.array(labels),
            0.0,
        )  # X is the identity: the scores are exactly W
    for name, sizes in UNUSUAL.items():
        made[name] = unusual(name, *draw(aside, *sizes))
    for name, (N, D, C) in {
        "samples_20": (20, 5, 3),
        "samples_40": (40, 5, 3),
        "classes_6": (20, 5, 6),
    }.items():
        made[name] = *draw(random, N, D, C), 0.0
    made |= series(random, "timed", TIMED, 1000, 16, 10)
    made |= series(random, "against", AGAINST, 100, 16, 10)
    return made


def unusual(name, W, X, y):
    """Without regularization. Small whole numbers keep the scores small, and give a dW of fractions."""
    if name == "one_label":
        y = np.full(len(y), max(y))
    if name == "whole_numbers":
        W, X = np.sign(W), np.sign(X)
    return W, X, y, 0.0


def draw(random, N, D, C):
    """Weights, data and labels that hold every class where N allows it, and the top class always (one-hot code sizes itself by it).

    The weights are small enough that no probability comes near 1e-3: adding 1e-8 to one, as careful code does, stays harmless.
    """
    y = np.concatenate([random.permutation(C) for _ in range(0, N, C)])[:N]
    if C - 1 not in y:
        y[0] = C - 1
    return 0.3 * random.standard_normal((C, D)), random.standard_normal((D, N)) + 0.3, y


def series(random, name, count, N, D, C):
    """Fresh inputs of one size: weights of their own, and a window that slides over one stored array of samples."""
    _, X, y = draw(random, N + count, D, C)
    W = 0.1 * random.standard_normal((count, C, D))
    return {f"{name}.{k}": (W[k], X[:, k : k + N], y[k : k + N], 0.0) for k in range(count)}
