"""Arrays in Fortran order, and a gradient that is a view of another array."""

import numpy as np


def softmax_loss_naive(W, X, y, reg):
    W, X = np.asfortranarray(W), np.asfortranarray(X)
    loss = 0.0
    dW = np.zeros(W.shape, order="F")
    for i in range(X.shape[1]):
        s = W.dot(X[:, i])
        s -= s.max()
        total = np.exp(s).sum()
        loss += np.log(total) - s[y[i]]
        for j in range(W.shape[0]):
            dW[j, :] += (np.exp(s[j]) / total - (j == y[i])) * X[:, i]
    return loss / X.shape[1] + 0.5 * reg * np.sum(W * W), dW / X.shape[1] + reg * W


def softmax_loss_vectorized(W, X, y, reg):
    N = X.shape[1]
    s = np.asfortranarray(W.dot(X))
    s -= s.max(axis=0)
    e = np.exp(s)
    totals = e.sum(axis=0)
    loss = np.mean(np.log(totals) - s[y, np.arange(N)]) + 0.5 * reg * np.sum(W * W)
    e /= totals
    e[y, np.arange(N)] -= 1
    transposed = X.dot(e.T) / N
    return loss, transposed.T + reg * W
