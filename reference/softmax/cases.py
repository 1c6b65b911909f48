"""The inputs on which submissions are called, drawn from a seed.

They are always in the layout W: (C, D), X: (D, N). The grader transposes them for the other layout.
reg is left out: it is at rest, 0, and the grader makes the twins in which it is turned up.
"""

import numpy as np

# Name -> N, D, C. They differ, so that dividing by N, C or D differs.
SMALL = {"small": (7, 5, 3), "wide": (4, 6, 5), "square": (4, 4, 4)}
# How many inputs there are for the race with the baseline (a first try and one repetition), and for
# the race with the loops.
TIMED, AGAINST = 30, 6

# Scores that overflow or underflow a careless exp: one list for each sample, and the labels.
# tests/reference/test_cases.py has their true losses. The scores of J are equal, and stay so; those
# of the others differ from seed to seed.
FIXED = ("J",)
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
# Name -> N, D, C of unusual inputs, for advice.
UNUSUAL = {
    "one_sample": (1, 5, 3),
    "one_class": (7, 5, 1),
    "one_label": (6, 5, 3),
    "whole_numbers": (7, 4, 3),
}
# Name -> N, D, C of inputs that show how the work grows with samples and with classes.
GROWTH = {"samples_20": (20, 5, 3), "samples_40": (40, 5, 3), "classes_6": (20, 5, 6)}


def cases(random):
    """Return name -> inputs by name.

    random: a numpy Generator. The same state gives the same cases.
    """
    drawn = {}
    aside = random.spawn(1)[0]  # a second stream: drawing from it does not change the first
    aside.random()  # not used any more: what follows keeps its numbers
    for name, (N, D, C) in SMALL.items():
        drawn[name] = draw(random, N, D, C)
    for name, (scores, labels) in STRESS.items():
        W = np.array(scores, float).T
        if name not in FIXED:
            # They change by eighths, which are exact in float32 too, even beside 1000.
            W = W + aside.integers(-3, 4, W.shape) / 8
        identity = np.eye(W.shape[1])  # as X: the scores are exactly W
        drawn[name] = {"W": W, "X": identity, "y": np.array(labels)}
    for name, sizes in UNUSUAL.items():
        drawn[name] = unusual(name, **draw(aside, *sizes))
    for name, sizes in GROWTH.items():
        drawn[name] = draw(random, *sizes)
    drawn |= series(random, "timed", TIMED, 1000, 16, 10)
    drawn["short"] = draw(aside, 40, 16, 10)  # the race with the loops mostly ends here
    drawn |= series(random, "against", AGAINST, 100, 16, 10)
    return drawn


def unusual(name, W, X, y):
    """Return an unusual case.

    Small whole numbers keep the scores small, and give a dW of fractions.
    """
    if name == "one_label":
        y = np.full(len(y), max(y))
    if name == "whole_numbers":
        W, X = np.sign(W), np.sign(X)
    return {"W": W, "X": X, "y": y}


def draw(random, N, D, C):
    """Return a case with W: (C, D), X: (D, N) and y: (N,).

    The labels hold every class if N allows it, and the top class always, as one-hot code takes the
    number of classes from it. The weights are so small that no probability comes near 1e-3: adding
    1e-8 to one, as careful code does, stays harmless.
    """
    y = np.concatenate([random.permutation(C) for _ in range(0, N, C)])[:N]
    if C - 1 not in y:
        y[0] = C - 1
    W, X = 0.3 * random.standard_normal((C, D)), random.standard_normal((D, N)) + 0.3
    return {"W": W, "X": X, "y": y}


def series(random, name, count, N, D, C):
    """Return fresh inputs of one size, <name>.0, <name>.1, …

    Each has weights of its own, and a window that slides over one stored array of samples.
    """
    stored = draw(random, N + count, D, C)
    X, y = stored["X"], stored["y"]
    W = 0.1 * random.standard_normal((count, C, D))
    return {
        f"{name}.{k}": {"W": W[k], "X": X[:, k : k + N], "y": y[k : k + N]} for k in range(count)
    }
