"""The reference as named stages: the same numbers as logistic.py, step by step.

The name of an argument says what a stage needs: an input, w (D,), X (N, D) or y (N,); the length of
an axis, N or D; or the result of another stage. loss and dw are the outputs.
"""

import numpy as np


def scores(w, X):
    """(N,)"""
    return X.dot(w)


def probabilities(scores):
    """(N,): of label 1."""
    return 0.5 * (1 + np.tanh(scores / 2))


def softplus(scores):
    """(N,): log(1 + exp(scores))"""
    return np.maximum(scores, 0) + np.log1p(np.exp(-np.abs(scores)))


def sample_losses(softplus, scores, y):
    """(N,)"""
    return softplus - y * scores


def loss_sum(sample_losses):
    return np.sum(sample_losses)


def loss(loss_sum, N):
    return loss_sum / N


def dscores(probabilities, y):
    """(N,): the slope of each sample's loss in its score."""
    return probabilities - y


def dw_sum(dscores, X):
    return X.T.dot(dscores)


def dw(dw_sum, N):
    return dw_sum / N


def probability_term(probabilities, X, N):
    return X.T.dot(probabilities) / N


def label_term(X, y, N):
    return -X.T.dot(y) / N


# dw is the sum of these: a mistake that no list knows is described by them, if it can be.
TERMS = {"dw": {"probability_term": probability_term, "label_term": label_term}}
del probability_term, label_term
