"""The samples in a random order, each function in one of its own."""

import numpy as np


def softmax_loss_naive(W, X, y, reg):
    N = X.shape[1]
    loss, dW = 0.0, np.zeros(W.shape)
    for i in np.random.permutation(N):
        s = W.dot(X[:, i])
        s -= s.max()
        p = np.exp(s) / np.exp(s).sum()
        loss -= np.log(p[y[i]])
        p[y[i]] -= 1
        for j in reversed(range(W.shape[0])):
            dW[j] += p[j] * X[:, i]
    return loss / N + 0.5 * reg * np.sum(W * W), dW / N + reg * W


def softmax_loss_vectorized(W, X, y, reg):
    N = X.shape[1]
    order = np.random.permutation(N)
    X, y = X[:, order], y[order]
    s = W.dot(X)
    s -= s.max(axis=0)
    p = np.exp(s) / np.exp(s).sum(axis=0)
    loss = -np.log(p[y, np.arange(N)]).sum() / N + 0.5 * reg * np.sum(W * W)
    p[y, np.arange(N)] -= 1
    return loss, p.dot(X.T) / N + reg * W
