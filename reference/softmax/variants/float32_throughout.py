"""Everything in float32, what is returned as well."""

import numpy as np


def softmax_loss_naive(W, X, y, reg):
    W, X, reg = W.astype(np.float32), X.astype(np.float32), np.float32(reg)
    loss, dW = np.float32(0), np.zeros_like(W)
    for x, label in zip(X.T, y):
        s = W.dot(x)
        s -= s.max()
        e = np.exp(s)
        loss += np.log(e.sum()) - s[label]
        p = e / e.sum()
        p[label] -= 1
        dW += np.outer(p, x)
    N = np.float32(len(y))
    return loss / N + np.float32(0.5) * reg * np.sum(W * W), dW / N + reg * W


def softmax_loss_vectorized(W, X, y, reg):
    W, X, reg = W.astype(np.float32), X.astype(np.float32), np.float32(reg)
    N = len(y)
    s = W.dot(X)
    s -= s.max(axis=0)
    e = np.exp(s)
    total = e.sum(axis=0)
    loss = np.mean(np.log(total) - s[y, np.arange(N)]) + np.float32(0.5) * reg * np.sum(W * W)
    p = e / total
    p[y, np.arange(N)] -= 1
    return loss, p.dot(X.T) / np.float32(N) + reg * W
