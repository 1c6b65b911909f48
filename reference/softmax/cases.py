"""The inputs on which submissions are called, drawn from a seed.

They are always in the layout W: (C, D), X: (D, N). The grader transposes them for the other layout.
reg is left out: it is at rest, 0, and the grader makes the twins in which it is turned up.
"""

from itertools import permutations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

# Name -> N, D, C. They differ, so that dividing by N, C or D differs.
SMALL = {"small": (7, 5, 3), "wide": (4, 6, 5), "square": (4, 4, 4)}
# Of these, the one whose last sample has the top class; the one in which no label has the largest
# score of its sample; and the one in which the last label is none of those that an index which is
# left over from a loop over classes or features picks. Else one mistake would look like another in
# some keys: what is made of the last sample and the last class alone would be 0 in all cases, say.
TOP_LAST, NONE_LARGEST, ALL_DIFFER = "wide", "square", "small"
# The same for an input that is larger than any of these: work on a part of the data shows.
LARGER = (23, 9, 8)
# How many inputs there are for the race with the baseline (a first try and one repetition), and for
# the race with the loops.
TIMED, AGAINST = 30, 6
# N, D, C of the race on inputs as large as the course's, images of 32 x 32 x 3 numbers and a bias,
# and how many there are (two and a repetition).
COURSE, COURSE_RUNS = (500, 3073, 10), 4
STEP = 97  # from one sample of it to the next: see course

# Of a label, on inputs that are drawn: see draw.
LEAST_PROBABILITY = 0.02

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
# A few scores stand so far above many others that a shift by the minimum or the mean overflows (exp
# reaches 710). But no probability becomes 0 (exp reaches -745), which is what E and I ask about.
APART = {"K": ([[0, 735, *[0] * 38], [0, 735, *[0] * 37, 734]], [1, 39])}
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
        drawn[name] = draw(random, N, D, C, name)
    for name, (scores, labels) in STRESS.items():
        drawn[name] = stress(aside, name, scores, labels)
    for name, sizes in UNUSUAL.items():
        drawn[name] = unusual(name, **draw(aside, *sizes))
    for name, sizes in GROWTH.items():
        drawn[name] = draw(random, *sizes)
    drawn |= series(random, "timed", TIMED, 1000, 16, 10)
    drawn["short"] = draw(aside, 40, 16, 10)  # the race with the loops mostly ends here
    drawn |= series(random, "against", AGAINST, 100, 16, 10)
    drawn["larger"] = draw(aside, *LARGER)
    drawn |= course(aside, "course", COURSE_RUNS, *COURSE)
    for name, (scores, labels) in APART.items():
        drawn[name] = stress(aside, name, scores, labels)
    return drawn


def stress(random, name, scores, labels):
    """Return a case with these scores, one list for each sample, but for a little."""
    W = np.array(scores, float).T
    if name not in FIXED:
        # They change by eighths, which are exact in float32 too, even beside 1000.
        W = W + random.integers(-3, 4, W.shape) / 8
    return {"W": W, "X": np.eye(W.shape[1]), "y": np.array(labels)}  # the scores are exactly W


def unusual(name, W, X, y):
    """Return an unusual case.

    Small whole numbers keep the scores small, and give a dW of fractions.
    """
    if name == "one_label":
        y = np.full(len(y), max(y))
    if name == "whole_numbers":
        W, X = np.sign(W), np.sign(X)
    return {"W": W, "X": X, "y": y}


def right_probabilities(W, X, y):
    """The softmax probability of each sample's label."""
    scores = W.dot(X)
    exponentials = np.exp(scores - scores.max(axis=0))
    return exponentials[y, np.arange(len(y))] / exponentials.sum(axis=0)


def in_order(name, scores, y, D):
    """Return the labels in the first order that the case of this name allows; y if none is."""
    C, largest = len(scores), np.argmax(scores, axis=0)
    for order in permutations(range(len(y))):
        labels = y[list(order)]
        is_allowed = (labels[-1] == C - 1) == (name == TOP_LAST)
        if name == NONE_LARGEST:
            is_allowed &= not (labels == largest).any()
        if name == ALL_DIFFER:
            picked = labels[[C - 1, D - 1, -1]]
            is_allowed &= len(set(picked)) == len(picked) and labels[-1] != labels[0]
        if is_allowed:
            return labels
    return y


def draw(random, N, D, C, name=None):
    """Return a case with W: (C, D), X: (D, N) and y: (N,).

    name: of one of the SMALL cases, where the order of the labels matters.

    The labels hold every class if N allows it, and the top class always, as one-hot code takes the
    number of classes from it. The weights are so small that adding 1e-7 to a probability, as
    careful code does, stays harmless; adding 1e-6 does not. That lies on either side of the
    tolerance of the loss in every key.
    """
    y = np.concatenate([random.permutation(C) for _ in range(0, N, C)])[:N]
    if C - 1 not in y:
        y[0] = C - 1
    W, X = 0.3 * random.standard_normal((C, D)), random.standard_normal((D, N)) + 0.3
    if name is not None:
        y = in_order(name, W.dot(X), y, D)
    while right_probabilities(W, X, y).min() < LEAST_PROBABILITY:
        W = 0.9 * W
    return {"W": W, "X": X, "y": y}


def series(random, name, count, N, D, C):
    """Return fresh inputs of one size, <name>.0, <name>.1, …

    Each has weights of its own, and a window that slides over one stored array of samples.
    """
    stored = draw(random, N + count, D, C)
    X, y = stored["X"], stored["y"]
    W = 0.4 / np.sqrt(D) * random.standard_normal((count, C, D))
    return {
        f"{name}.{k}": {"W": W[k], "X": X[:, k : k + N], "y": y[k : k + N]} for k in range(count)
    }


def course(random, name, count, N, D, C):
    """Return inputs of the course's size, <name>.0, <name>.1, …, of weights of their own.

    A key holds them, and X alone would be 12 MB. So each sample is a window of one row of numbers,
    which overlaps with the next sample's.
    """
    row = random.standard_normal(D + N * STEP)
    X = sliding_window_view(row, D)[: N * STEP : STEP].T
    y = random.integers(C, size=N)
    W = 0.4 / np.sqrt(D) * random.standard_normal((count, C, D))
    return {f"{name}.{k}": {"W": W[k], "X": X, "y": y} for k in range(count)}
