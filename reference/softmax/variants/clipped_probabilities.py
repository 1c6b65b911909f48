"""Probabilities are clipped before the logarithm, and used as they are for the gradient."""

import numpy as np


def softmax_loss_naive(W, X, y, reg):
    n = X.shape[1]
    losses = []
    dW = np.zeros(W.shape)
    for i in range(n):
        e = np.exp(W @ X[:, i] - np.max(W @ X[:, i]))
        p = e / e.sum()
        losses.append(-np.log(np.clip(p, 1e-15, 1 - 1e-15)[y[i]]))
        for c in range(W.shape[0]):
            dW[c] += p[c] * X[:, i]
        dW[y[i]] -= X[:, i]
    return np.mean(losses) + reg / 2 * np.sum(W**2), dW / n + reg * W


def softmax_loss_vectorized(W, X, y, reg):
    n = X.shape[1]
    e = np.exp(W @ X - np.max(W @ X, axis=0))
    p = e / e.sum(axis=0)
    clipped = np.clip(p, 1e-15, 1 - 1e-15)
    loss = -np.mean(np.log(clipped[y, np.arange(n)])) + reg / 2 * np.sum(W**2)
    p[y, np.arange(n)] -= 1
    return loss, p @ X.T / n + reg * W
