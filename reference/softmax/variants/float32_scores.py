"""Scores in float32; what is made of them is float32, too, and the penalty float64."""

import numpy as np


def softmax_loss_naive(W, X, y, reg):
    N = X.shape[0]
    loss, dW = 0.0, np.zeros_like(W)
    for i in range(N):
        s = X[i].dot(W).astype(np.float32)
        s -= s.max()
        e = np.exp(s)
        loss += np.log(e.sum()) - s[y[i]]
        p = e / e.sum()
        for j in range(W.shape[1]):
            dW[:, j] += (p[j] - (j == y[i])) * X[i]
    return loss / N + reg * np.sum(W * W), dW / N + 2 * reg * W


def softmax_loss_vectorized(W, X, y, reg):
    N = X.shape[0]
    s = X.dot(W).astype(np.float32)
    s -= s.max(axis=1, keepdims=True)
    e = np.exp(s)
    totals = e.sum(axis=1, keepdims=True)
    loss = np.mean(np.log(totals[:, 0]) - s[np.arange(N), y]) + reg * np.sum(W * W)
    p = e / totals
    p[np.arange(N), y] -= 1
    return loss, X.T.dot(p) / N + 2 * reg * W
