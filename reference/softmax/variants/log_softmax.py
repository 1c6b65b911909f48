"""Logarithms of probabilities first; the probabilities are their exponentials."""

import numpy as np


def softmax_loss_naive(W, X, y, reg):
    N = X.shape[1]
    loss, dW = 0.0, np.zeros(W.shape)
    for i in range(N):
        z = W.dot(X[:, i])
        z = z - z.max()
        log_p = z - np.log(np.exp(z).sum())
        loss -= log_p[y[i]] / N
        for j in range(W.shape[0]):
            dW[j] += np.exp(log_p[j]) * X[:, i] / N
        dW[y[i]] -= X[:, i] / N
    return loss + 0.5 * reg * np.sum(W * W), dW + reg * W


def softmax_loss_vectorized(W, X, y, reg):
    N = X.shape[1]
    z = W.dot(X)
    z = z - z.max(axis=0)
    log_p = z - np.log(np.exp(z).sum(axis=0))
    loss = -log_p[y, np.arange(N)].sum() / N + 0.5 * reg * np.sum(W * W)
    correct = np.zeros_like(log_p)
    correct[y, np.arange(N)] = 1
    return loss, np.exp(log_p).dot(X.T) / N - correct.dot(X.T) / N + reg * W
