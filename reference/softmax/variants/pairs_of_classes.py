"""p of a class is 1 over a sum of exp(other - own): a softmax without a numerator."""

import numpy as np


def softmax_loss_naive(W, X, y, reg):
    N, C = X.shape[1], W.shape[0]
    loss, dW = 0.0, np.zeros(W.shape)
    for i in range(N):
        s = W.dot(X[:, i])
        for j in range(C):
            p = 1 / np.sum(np.exp(s - s[j]))
            if j == y[i]:
                loss += np.log(np.sum(np.exp(s - s[j])))
                dW[j] -= (1 - p) * X[:, i]
            else:
                dW[j] += p * X[:, i]
    return loss / N + 0.5 * reg * np.sum(W * W), dW / N + reg * W


def softmax_loss_vectorized(W, X, y, reg):
    N = X.shape[1]
    s = W.dot(X)
    e = np.exp(s - np.maximum.reduce(s, axis=0))
    p = e / np.add.reduce(e, axis=0)
    loss = np.add.reduce(-np.log(p[y, np.arange(N)])) / N + 0.5 * reg * np.add.reduce(W * W, None)
    p[y, np.arange(N)] -= 1
    return loss, p.dot(X.T) / N + reg * W
