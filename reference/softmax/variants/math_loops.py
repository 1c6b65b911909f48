"""Single numbers in plain Python: no array operation in the naive function."""

import math

import numpy as np


def softmax_loss_naive(W, X, y, reg):
    D, C = W.shape
    N = X.shape[0]
    loss = 0.0
    dW = [[0.0] * C for _ in range(D)]
    for i in range(N):
        s = [0.0] * C
        for c in range(C):
            for d in range(D):
                s[c] += X[i, d] * W[d, c]
        top = s[0]
        for value in s:
            if value > top:
                top = value
        total = 0.0
        for value in s:
            total += math.exp(value - top)
        loss -= math.log(math.exp(s[y[i]] - top) / total)
        for c in range(C):
            p = math.exp(s[c] - top) / total
            if c == y[i]:
                p -= 1
            for d in range(D):
                dW[d][c] += p * X[i, d] / N
    loss /= N
    for d in range(D):
        for c in range(C):
            loss += reg * W[d, c] ** 2
            dW[d][c] += 2 * reg * W[d, c]
    return loss, np.array(dW)


def softmax_loss_vectorized(W, X, y, reg):
    N = X.shape[0]
    s = X @ W
    s -= s.max(axis=1)[:, None]
    total = np.exp(s).sum(axis=1)
    loss = -np.log(np.exp(s)[np.arange(N), y] / total).mean()
    p = np.exp(s) / total[:, None]
    p[np.arange(N), y] -= 1
    loss += reg * np.sum(W**2)
    return loss, np.dot(X.T / N, p) + 2 * reg * W
