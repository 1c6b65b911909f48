"""The chain rule spelled out: the slope of -log p, then the Jacobian of the softmax."""

import numpy as np


def softmax_loss_naive(W, X, y, reg):
    N, C = X.shape[0], W.shape[1]
    loss, dW = 0.0, np.zeros_like(W)
    for i in range(N):
        s = X[i] @ W
        e = np.exp(s - np.max(s))
        p = e / np.sum(e)
        loss += -np.log(p[y[i]])
        dp = np.zeros(C)
        dp[y[i]] = -1 / p[y[i]]
        ds = np.zeros(C)
        for j in range(C):
            for k in range(C):
                ds[j] += dp[k] * p[k] * ((1 if j == k else 0) - p[j])
        dW += np.outer(X[i], ds)
    return loss / N + 0.5 * reg * np.sum(W * W), dW / N + reg * W


def softmax_loss_vectorized(W, X, y, reg):
    N = X.shape[0]
    s = X @ W
    e = np.exp(s - np.max(s, axis=1, keepdims=True))
    p = e / np.sum(e, axis=1, keepdims=True)
    right = p[np.arange(N), y]
    dp = np.zeros_like(p)
    dp[np.arange(N), y] = -1 / right
    # The Jacobian diag(p) - p p^T of each sample, times dp.
    ds = p * dp - p * np.sum(p * dp, axis=1, keepdims=True)
    return np.mean(-np.log(right)) + 0.5 * reg * np.sum(W * W), X.T @ ds / N + reg * W
