"""Mistakes between dscores and dW. What is right: dscores.dot(X.T) / N, of W's shape."""

import numpy as np


def full_rows(W, numbers):
    """An array of W's shape with one number in each row."""
    return numbers[:, None] * np.ones(W.shape)


def subtract_one(table, labels):
    """table[labels] -= 1, in which numpy counts a row that occurs twice once."""
    result = table.copy()
    result[labels] -= 1
    return result


def assigned_where(dscores, is_assigned, X):
    """A sum over the samples that begins anew, for a class, where is_assigned (C, N)."""
    result = np.zeros((len(dscores), len(X)))
    for slopes, assigned, x in zip(dscores.T, is_assigned.T, X.T, strict=True):
        parts = np.outer(slopes, x)
        result = np.where(assigned[:, None], parts, result + parts)
    return result


MISCONCEPTIONS = {
    "first_x": {"outer": lambda dscores, X: np.outer(np.sum(dscores, axis=1), X[:, 0])},
    # x after the loop: the last sample.
    "last_x": {"outer": lambda dscores, X: np.outer(np.sum(dscores, axis=1), X[:, -1])},
    # X[:, j], not i.
    "x_of_class_index": {
        "outer": lambda dscores, X: (
            np.sum(dscores, axis=1)[:, None] * X[:, np.arange(len(dscores))].T
        )
    },
    "x_of_class_index_for_p": {  # the same for the probabilities alone
        "outer": lambda probabilities, one_hot, X: (
            np.sum(probabilities, axis=1)[:, None] * X[:, np.arange(len(probabilities))].T
            - one_hot.dot(X.T)
        ),
    },
    "x_missing_for_p": {
        "outer": lambda probabilities, one_hot, X, W: (
            full_rows(W, np.sum(probabilities, axis=1)) - one_hot.dot(X.T)
        )
    },
    "x_divides": {"outer": lambda dscores, X: dscores.dot(1 / X.T)},
    "x_divides_for_p": {
        "outer": lambda probabilities, one_hot, X: probabilities.dot(1 / X.T) - one_hot.dot(X.T)
    },
    "x_is_label": {"outer": lambda dscores, labels, W: full_rows(W, dscores.dot(labels))},
    "x_missing": {"outer": lambda dscores, W: full_rows(W, np.sum(dscores, axis=1))},
    "x_collapsed": {"outer": lambda dscores, W, X: full_rows(W, dscores.dot(np.sum(X, axis=0)))},
    "grad_wrt_scores": {"data_gradient": lambda dscores, N: dscores / N},
    "grad_wrt_X": {"outer": lambda dscores, W: W.T.dot(dscores)},
    "dW_transposed": {  # all of it, as returned
        "data_gradient": lambda outer, N: outer.T / N,
        "reg_gradient": lambda W, reg, regularization: 2 * regularization * reg * W.T,
    },
    # dW[y] -= 1: the sample is missing beside the 1. A class that occurs twice in y loses it once,
    # unless there is a loop over the samples.
    "indicator_without_x": {
        "outer": lambda probabilities, labels, X: subtract_one(probabilities.dot(X.T), labels)
    },
    "indicator_without_x_in_loop": {
        "outer": lambda probabilities, one_hot, X: (
            probabilities.dot(X.T) - np.sum(one_hot, axis=1)[:, None]
        )
    },
    "indicator_without_x_after_average": {
        "data_gradient": lambda probabilities, labels, X, N: subtract_one(
            probabilities.dot(X.T) / N, labels
        )
    },
    # = in place of +=, in one branch of the loop over classes.
    "wrong_classes_assigned": {
        "outer": lambda dscores, one_hot, X: assigned_where(dscores, one_hot == 0, X)
    },
    "correct_class_assigned": {
        "outer": lambda dscores, one_hot, X: assigned_where(dscores, one_hot == 1, X)
    },
    "outer_X_not_T": {"outer": lambda dscores, X: dscores.dot(X)},
    "outer_scores": {"outer": lambda dscores, scores: dscores.dot(scores.T)},
    "dW_is_W": {"data_gradient": lambda W: W},
    "dW_starts_at_W": {"outer": lambda dscores, W, X: W + dscores.dot(X.T)},
    "dW_starts_at_ones": {"outer": lambda dscores, X: 1 + dscores.dot(X.T)},
    "dW_ones": {"data_gradient": lambda W: np.ones(W.shape)},
    "grad_skip_bias": {"outer": lambda dscores, X: dscores.dot(np.vstack([X[:-1], 0 * X[-1:]]).T)},
}
