"""Sums in the longest float that numpy has here."""

import numpy as np


def softmax_loss_naive(W, X, y, reg):
    N = X.shape[0]
    loss = np.longdouble(0)
    dW = np.zeros(W.shape, dtype=np.longdouble)
    for i in range(N):
        s = X[i].dot(W).astype(np.longdouble)
        s -= s.max()
        p = np.exp(s) / np.exp(s).sum()
        loss -= np.log(p[y[i]])
        p[y[i]] -= 1
        dW += np.outer(X[i], p)
    return loss / N + 0.5 * reg * np.sum(W * W), dW / N + reg * W


def softmax_loss_vectorized(W, X, y, reg):
    N = X.shape[0]
    s = X.dot(W)
    s -= s.max(axis=1, keepdims=True)
    p = np.exp(s)
    p /= p.sum(axis=1, keepdims=True)
    loss = -np.log(p[np.arange(N), y]).sum(dtype=np.longdouble) / N
    p[np.arange(N), y] -= 1
    return float(loss + 0.5 * reg * np.sum(W * W)), X.T.dot(p) / N + reg * W
