"""Mistakes in which class is the right one, in the loss and in dW."""

import numpy as np

MISCONCEPTIONS = {
    "label_minus_1": {"labels": lambda y: y - 1},  # numpy takes -1 for the last class
    # A table of ones and zeros from classes that are counted from 1: class 0 gets no 1 in it.
    "label_minus_1_no_wrap": {
        "one_hot": lambda scores, labels: 1.0 * (np.arange(1, len(scores) + 1)[:, None] == labels),
        "sample_losses": lambda probabilities, one_hot: (
            -np.sum(one_hot * np.log(probabilities), axis=0)
        ),
    },
    # The same of 1s that are found by a comparison: c == y[c], i == y[i].
    "label_of_class": {
        "one_hot": lambda scores, labels, C: (
            np.ones(scores.shape) * (labels[np.arange(C)] == np.arange(C))[:, None]
        ),
        "sample_losses": lambda probabilities, one_hot: (
            -np.sum(one_hot * np.log(probabilities), axis=0)
        ),
    },
    "label_is_sample": {
        "one_hot": lambda scores, labels: (
            np.ones(scores.shape) * (labels == np.arange(len(labels)))
        ),
        "sample_losses": lambda probabilities, one_hot: (
            -np.sum(one_hot * np.log(probabilities), axis=0)
        ),
    },
    "label_plus_1": {"labels": lambda y, C: (y + 1) % C},
    "label_argmax": {"labels": lambda W, X: np.argmax(W.dot(X), axis=0)},
    "label_first": {"labels": lambda y: np.full(y.shape, y[0])},
    # y[i] after the loop: i is the last sample.
    "label_last": {"labels": lambda y: np.full(y.shape, y[-1])},
    # scores[i] in place of scores[y[i]].
    "label_is_index": {"labels": lambda y: np.arange(len(y))},
}
