"""The reference as named stages: the same numbers as softmax.py, step by step.

The name of an argument says what a stage needs: W (C, D), X (D, N), y (N,), reg, regularization
(the factor in the loss: 0.5 or 1.0), or the result of another stage. In the end
loss = data_loss + reg_loss and dW = data_gradient + reg_gradient. A mistake replaces one or more of
these stages: see misconceptions/.
"""

import numpy as np


def labels(y):
    return y


def scores(W, X):
    """(C, N): a sample in each column, here and below."""
    return W.dot(X)


def exponentials(scores):
    return np.exp(scores - np.max(scores, axis=0))


def probabilities(exponentials):
    return exponentials / np.sum(exponentials, axis=0)


def one_hot(scores, labels):
    """(C, N): 1 at each sample's label, 0 elsewhere."""
    ones = np.zeros(scores.shape)
    ones[labels, np.arange(len(labels))] = 1.0
    return ones


def sample_losses(probabilities, labels):
    """(N,)"""
    return -np.log(probabilities[labels, np.arange(len(labels))])


def loss_sum(sample_losses):
    return np.sum(sample_losses)


def data_loss(loss_sum, X):
    return loss_sum / X.shape[1]


def squares(W):
    return np.sum(W * W)


def reg_loss(squares, reg, regularization):
    return regularization * reg * squares


def dscores(probabilities, one_hot):
    """(C, N): the slope of each sample's loss in its scores."""
    return probabilities - one_hot


def outer(dscores, X):
    """(C, D): each sample's slope times the sample, summed over the samples."""
    return dscores.dot(X.T)


def data_gradient(outer, X):
    return outer / X.shape[1]


def reg_gradient(W, reg, regularization):
    return 2 * regularization * reg * W


# The right data_gradient is the sum of these terms; messages/ has words for their names. A wrong dW
# that is no known misconception may still be a sum of these terms, each times a number.
TERMS = {
    "probability_term": lambda probabilities, X: probabilities.dot(X.T) / X.shape[1],
    "label_term": lambda one_hot, X: -one_hot.dot(X.T) / X.shape[1],
}
