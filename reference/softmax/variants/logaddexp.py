"""logaddexp, which needs no shift: it subtracts the larger of two numbers by itself."""

from functools import reduce

import numpy as np


def softmax_loss_naive(W, X, y, reg):
    loss, dW = 0.0, np.zeros(W.shape)
    for i in range(X.shape[1]):
        scores = W.dot(X[:, i])
        log_total = reduce(np.logaddexp, scores)
        loss += log_total - scores[y[i]]
        for c in range(W.shape[0]):
            dW[c] += np.exp(scores[c] - log_total) * X[:, i]
        dW[y[i]] -= X[:, i]
    N = X.shape[1]
    return loss / N + 0.5 * reg * np.sum(W * W), dW / N + reg * W


def softmax_loss_vectorized(W, X, y, reg):
    N = X.shape[1]
    scores = W.dot(X)
    log_totals = np.logaddexp.reduce(scores, axis=0)
    loss = np.sum(log_totals - scores[y, np.arange(N)]) / N
    probabilities = np.exp(scores - log_totals)
    probabilities[y, np.arange(N)] -= 1
    return loss + 0.5 * reg * np.sum(W * W), probabilities.dot(X.T) / N + reg * W
