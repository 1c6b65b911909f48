"""Softmax loss through log-sum-exp, so that no logarithm of a probability is ever taken."""

import numpy as np


def softmax_loss_naive(W, X, y, reg):
    C, N = W.shape[0], X.shape[1]
    data_loss = 0.0
    grad = np.zeros(W.shape)
    for i in range(N):
        s = W @ X[:, i]
        m = s.max()
        lse = m + np.log(np.sum(np.exp(s - m)))
        data_loss += lse - s[y[i]]
        for c in range(C):
            grad[c] += np.exp(s[c] - lse) * X[:, i]
        grad[y[i]] -= X[:, i]
    loss = data_loss / N + 0.5 * reg * np.sum(np.square(W))
    dW = grad / N + reg * W
    return loss, dW


def softmax_loss_vectorized(W, X, y, reg):
    N = X.shape[1]
    scores = W @ X
    top = scores.max(axis=0)
    log_sums = top + np.log(np.exp(scores - top).sum(axis=0))
    correct_scores = scores[y, np.arange(N)]
    data_loss = np.mean(log_sums - correct_scores)
    reg_loss = 0.5 * reg * np.sum(np.square(W))

    P = np.exp(scores - log_sums)
    P[y, np.arange(N)] -= 1.0
    dW = P @ X.T / N + reg * W
    return data_loss + reg_loss, dW
