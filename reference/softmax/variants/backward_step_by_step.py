"""Forward and backward through small steps, with a name for each slope."""

import numpy as np


def softmax_loss_naive(W, X, y, reg):
    N = X.shape[1]
    loss, dW = 0.0, np.zeros(W.shape)
    for i in range(N):
        x, t = X[:, i], y[i]
        s = W.dot(x)
        s = s - s.max()
        e = np.exp(s)
        total = e.sum()
        inverse = 1 / total
        p = e[t] * inverse
        loss += -np.log(p)
        dp = -1 / p
        de = np.zeros(len(e))
        de[t] += inverse * dp
        dinverse = e[t] * dp
        dtotal = -dinverse / total**2
        de += dtotal
        ds = e * de
        dW += np.outer(ds, x)
    return loss / N + 0.5 * reg * np.sum(W * W), dW / N + reg * W


def softmax_loss_vectorized(W, X, y, reg):
    N = X.shape[1]
    right = (y, np.arange(N))
    s = W.dot(X)
    s = s - s.max(axis=0)
    e = np.exp(s)
    total = e.sum(axis=0)
    p = e[right] / total
    loss = np.mean(-np.log(p)) + 0.5 * reg * np.sum(W * W)
    dp = -1 / p / N
    de = np.zeros(e.shape)
    de[right] += dp / total
    de += -dp * e[right] / total**2
    ds = e * de
    return loss, ds.dot(X.T) + reg * W
