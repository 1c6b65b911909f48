"""The reference: the loss of logistic regression and its gradient."""

import numpy as np


def logistic_loss(w, X, y):
    """Return the mean loss, and its gradient with respect to w.

    w: (D,) weights; X: (N, D), a sample in each row; y: (N,) labels, 0 or 1.
    """
    scores = X.dot(w)
    # log(1 + exp(s)) without an exponential that overflows.
    loss = np.mean(np.maximum(scores, 0) + np.log1p(np.exp(-np.abs(scores))) - y * scores)
    probabilities = 0.5 * (1 + np.tanh(scores / 2))
    dw = X.T.dot(probabilities - y) / len(y)
    return loss, dw
