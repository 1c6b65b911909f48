"""Inputs are cast to float32 in the vectorized function; the loss becomes a Python float."""

import numpy as np


def softmax_loss_naive(W, X, y, reg):
    N = X.shape[1]
    loss, dW = 0.0, np.zeros(W.shape, dtype=np.float32)
    for i in range(N):
        s = W.dot(X[:, i])
        s -= s.max()
        p = np.exp(s) / np.exp(s).sum()
        loss -= np.log(p[y[i]])
        p[y[i]] -= 1
        dW += np.outer(p, X[:, i]).astype(np.float32)
    return loss / N + 0.5 * reg * np.sum(W * W), dW / N + reg * W


def softmax_loss_vectorized(W, X, y, reg):
    N = X.shape[1]
    s = np.float32(W).dot(np.float32(X))
    s -= s.max(axis=0)
    e = np.exp(s)
    totals = e.sum(axis=0)
    loss = float(np.mean(np.log(totals) - s[y, np.arange(N)])) + 0.5 * reg * float(np.sum(W * W))
    p = e / totals
    p[y, np.arange(N)] -= 1
    return loss, p.dot(np.float32(X).T) / N + reg * W
