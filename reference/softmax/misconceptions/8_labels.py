"""Mistakes in which class is the right one, in the loss and in dW."""

import numpy as np

MISCONCEPTIONS = {
    "label_minus_1": {"labels": lambda y: y - 1},  # numpy takes -1 for the last class
    "label_plus_1": {"labels": lambda y, W: (y + 1) % len(W)},
    "label_argmax": {"labels": lambda W, X: np.argmax(W.dot(X), axis=0)},
    "label_first": {"labels": lambda y: np.full(y.shape, y[0])},
    "label_last": {"labels": lambda y: np.full(y.shape, y[-1])},  # y[i] with the i that a loop has left behind
    "label_is_index": {"labels": lambda y: np.arange(len(y))},  # scores[i] where scores[y[i]] was meant
}
