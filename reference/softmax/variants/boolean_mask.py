"""The right class of each sample is found by a mask of truth values."""

import numpy as np


def softmax_loss_naive(W, X, y, reg):
    loss, dW = 0.0, np.zeros_like(W)
    for i in range(X.shape[0]):
        scores = X[i] @ W
        scores -= np.max(scores)
        is_right = np.arange(W.shape[1]) == y[i]
        e = np.exp(scores)
        loss += np.log(e.sum()) - scores[is_right].item()
        p = e / e.sum()
        dW[:, ~is_right] += np.outer(X[i], p[~is_right])
        dW[:, is_right] += np.outer(X[i], p[is_right] - 1)
    return loss / X.shape[0] + 0.5 * reg * np.sum(W * W), dW / X.shape[0] + reg * W


def softmax_loss_vectorized(W, X, y, reg):
    N = X.shape[0]
    is_right = np.zeros((N, W.shape[1]), dtype=bool)
    is_right[np.arange(N), y] = True
    scores = X @ W
    scores -= np.max(scores, axis=1, keepdims=True)
    e = np.exp(scores)
    p = e / e.sum(axis=1, keepdims=True)
    loss = -np.log(p[is_right]).sum() / N + 0.5 * reg * np.sum(W * W)
    return loss, X.T @ np.where(is_right, p - 1, p) / N + reg * W
