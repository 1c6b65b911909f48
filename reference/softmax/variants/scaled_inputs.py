"""Divides the samples by their number before the product, and adds the penalty in the loop."""

import numpy as np


def softmax_loss_naive(W, X, y, reg):
    N = X.shape[0]
    loss, dW = 0.0, np.zeros_like(W)
    for i in range(N):
        s = X[i] @ W
        s = s - s.max()
        p = np.exp(s) / np.sum(np.exp(s))
        loss += -np.log(p[y[i]]) + reg * np.sum(W * W)
        p[y[i]] -= 1
        dW += np.outer(X[i], p) + 2 * reg * W
    return loss / N, dW / N


def softmax_loss_vectorized(W, X, y, reg):
    N = X.shape[0]
    s = X @ W
    s = s - s.max(axis=1, keepdims=True)
    p = np.exp(s) / np.sum(np.exp(s), axis=1, keepdims=True)
    loss = np.mean(-np.log(p[np.arange(N), y]) + reg * np.sum(W * W))
    p[np.arange(N), y] -= 1
    return loss, (X / N).T @ p + reg * 2 * W
