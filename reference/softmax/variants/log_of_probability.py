"""The logarithm of a probability, as the notes of the course have it."""

import numpy as np


def softmax_loss_naive(W, X, y, reg):
    loss = 0.0
    dW = np.zeros_like(W)
    for i in range(X.shape[1]):
        f = W.dot(X[:, i])
        f -= np.max(f)
        p = np.exp(f) / np.sum(np.exp(f))
        loss += -np.log(p[y[i]])
        p[y[i]] -= 1
        dW += np.outer(p, X[:, i])
    loss = loss / X.shape[1] + 0.5 * reg * np.sum(W * W)
    dW = dW / X.shape[1] + reg * W
    return loss, dW


def softmax_loss_vectorized(W, X, y, reg):
    N = X.shape[1]
    f = W.dot(X)
    f -= f.max(axis=0, keepdims=True)
    p = np.exp(f) / np.exp(f).sum(axis=0, keepdims=True)
    loss = -np.log(p[y, range(N)]).sum() / N + 0.5 * reg * np.sum(W * W)
    p[y, range(N)] -= 1
    dW = p.dot(X.T) / N + reg * W
    return loss, dW
