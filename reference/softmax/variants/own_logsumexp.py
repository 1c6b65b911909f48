"""A log-sum-exp of one's own, and probabilities from it."""

import numpy as np


def logsumexp(a, axis=None):
    top = np.amax(a, axis=axis, keepdims=True)
    out = np.log(np.sum(np.exp(a - top), axis=axis, keepdims=True)) + top
    return np.squeeze(out, axis=axis) if axis is not None else out.item()


def softmax_loss_naive(W, X, y, reg):
    N = X.shape[1]
    loss, dW = 0.0, np.zeros(W.shape)
    for i in range(N):
        s = W.dot(X[:, i])
        lse = logsumexp(s)
        loss += lse - s[y[i]]
        for j in range(len(s)):
            dW[j] += np.exp(s[j] - lse) * X[:, i]
            if j == y[i]:
                dW[j] -= X[:, i]
    return loss / N + 0.5 * reg * np.linalg.norm(W) ** 2, dW / N + reg * W


def softmax_loss_vectorized(W, X, y, reg):
    N = X.shape[1]
    s = W.dot(X)
    lse = logsumexp(s, axis=0)
    loss = lse.mean() - s[y, np.arange(N)].mean() + 0.5 * reg * np.linalg.norm(W) ** 2
    p = np.exp(s - lse)
    p[y, np.arange(N)] -= 1
    return loss, p.dot(X.T) / N + reg * W
