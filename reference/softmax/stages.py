"""The reference as named stages: the same numbers as softmax.py, step by step.

The name of an argument says what a stage needs: an input, W (C, D), X (D, N), y (N,) or reg; the
length of an axis, C, D or N; or the result of another stage. The stages of the preset go on from
data_loss and data_gradient to the outputs, loss and dW. A mistake replaces one or more stages: see
misconceptions/.
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


def data_loss(loss_sum, N):
    return loss_sum / N


def dscores(probabilities, one_hot):
    """(C, N): the slope of each sample's loss in its scores."""
    return probabilities - one_hot


def outer(dscores, X):
    """(C, D): each sample's slope times the sample, summed over the samples."""
    return dscores.dot(X.T)


def data_gradient(outer, N):
    return outer / N


# An output without regularization is the sum of its terms; messages/ has words for their names. A
# wrong dW that is no known misconception may still be a sum of them, each times a number. The first
# two add up to the right dW; the others are what wrong work has in it.
TERMS = {
    "dW": {
        "probability_term": lambda probabilities, X, N: probabilities.dot(X.T) / N,
        "label_term": lambda one_hot, X, N: -one_hot.dot(X.T) / N,
        "right_probability_term": lambda probabilities, one_hot, X, N: (
            (probabilities * one_hot).dot(X.T) / N
        ),
        "sample_term": lambda one_hot, X, N: np.ones(one_hot.shape).dot(X.T) / N,
        "exponential_term": lambda exponentials, X, N: exponentials.dot(X.T) / N,
        "class_number_term": lambda C, X, N: np.outer(np.arange(C), np.sum(X, axis=1)) / N,
    }
}
