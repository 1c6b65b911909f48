"""Mistakes between dscores and dW. What is right: dscores.dot(X.T) / N, of W's shape."""

import numpy as np


def full_rows(W, numbers):
    """An array of W's shape with one number in each row."""
    return numbers[:, None] * np.ones(W.shape)


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
    "x_missing": {"outer": lambda dscores, W: full_rows(W, np.sum(dscores, axis=1))},
    "x_collapsed": {"outer": lambda dscores, W, X: full_rows(W, dscores.dot(np.sum(X, axis=0)))},
    "grad_wrt_scores": {"data_gradient": lambda dscores, N: dscores / N},
    "grad_wrt_X": {"outer": lambda dscores, W: W.T.dot(dscores)},
    "dW_transposed": {  # all of it, as returned
        "data_gradient": lambda outer, N: outer.T / N,
        "reg_gradient": lambda W, reg, regularization: 2 * regularization * reg * W.T,
    },
    "outer_X_not_T": {"outer": lambda dscores, X: dscores.dot(X)},
    "outer_scores": {"outer": lambda dscores, scores: dscores.dot(scores.T)},
    "dW_is_W": {"data_gradient": lambda W: W},
    "dW_starts_at_W": {"outer": lambda dscores, W, X: W + dscores.dot(X.T)},
    "dW_starts_at_ones": {"outer": lambda dscores, X: 1 + dscores.dot(X.T)},
    "dW_ones": {"data_gradient": lambda W: np.ones(W.shape)},
    "grad_skip_bias": {"outer": lambda dscores, X: dscores.dot(np.vstack([X[:-1], 0 * X[-1:]]).T)},
}
