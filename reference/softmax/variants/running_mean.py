"""Averages that are brought up to date with each sample."""

import numpy as np


def softmax_loss_naive(W, X, y, reg):
    loss, dW = 0.0, np.zeros(W.shape)
    for count, (x, label) in enumerate(zip(X.T, y), start=1):
        s = W.dot(x)
        s = s - s.max()
        p = np.exp(s) / np.exp(s).sum()
        loss += (-np.log(p[label]) - loss) / count
        p[label] -= 1
        dW += (np.outer(p, x) - dW) / count
    return loss + reg * np.sum(W * W), dW + 2 * reg * W


def softmax_loss_vectorized(W, X, y, reg):
    N = X.shape[1]
    s = W.dot(X)
    s = s - s.max(axis=0)
    e = np.exp(s)
    p = e / e.sum(axis=0)
    loss = np.average(-np.log(p[y, np.arange(N)]))
    p[y, np.arange(N)] -= 1
    p /= N
    return loss + reg * np.sum(W * W), p.dot(X.T) + 2 * reg * W
