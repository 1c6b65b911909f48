"""The samples of each class are summed apart: what the right class takes off a gradient."""

import numpy as np


def softmax_loss_naive(W, X, y, reg):
    N, C = X.shape[0], W.shape[1]
    loss, dW = 0.0, np.zeros_like(W)
    for i in range(N):
        s = X[i].dot(W)
        s -= s.max()
        e = np.exp(s)
        loss += np.log(e.sum()) - s[y[i]]
        for j in range(C):
            dW[:, j] += e[j] / e.sum() * X[i]
    for j in range(C):
        dW[:, j] -= X[y == j].sum(axis=0)
    return loss / N + reg * np.sum(W * W), dW / N + 2 * reg * W


def softmax_loss_vectorized(W, X, y, reg):
    N, C = X.shape[0], W.shape[1]
    s = X.dot(W)
    s -= s.max(axis=1, keepdims=True)
    e = np.exp(s)
    totals = e.sum(axis=1, keepdims=True)
    loss = np.log(totals).sum() - s[np.arange(N), y].sum()
    of_class = (np.arange(C)[:, None] == y).astype(float).dot(X)
    dW = X.T.dot(e / totals) - of_class.T
    return loss / N + reg * np.sum(W * W), dW / N + 2 * reg * W
