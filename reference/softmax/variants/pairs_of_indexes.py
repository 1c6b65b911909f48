"""One loop over all pairs of a sample and a class, and indexes into flat arrays."""

import numpy as np


def softmax_loss_naive(W, X, y, reg):
    N, C = X.shape[0], W.shape[1]
    S = np.zeros((N, C))
    for i, j in np.ndindex(N, C):
        S[i, j] = np.dot(X[i], W[:, j])
    for i in range(N):
        S[i] -= S[i].max()
    loss, dW = 0.0, np.zeros_like(W)
    for i, j in np.ndindex(*S.shape):
        p = np.exp(S[i, j]) / np.exp(S[i]).sum()
        if j == y[i]:
            loss += -np.log(p)
            p = p - 1
        dW[:, j] += p * X[i]
    return loss / N + 0.5 * reg * np.sum(W * W), dW / N + reg * W


def softmax_loss_vectorized(W, X, y, reg):
    N, C = X.shape[0], W.shape[1]
    flat = np.arange(N) * C + y
    S = X.dot(W)
    S -= S.max(axis=1).reshape(-1, 1)
    P = np.exp(S)
    P /= P.sum(axis=1).reshape(-1, 1)
    loss = -np.log(P.ravel()[flat]).mean() + 0.5 * reg * np.sum(W * W)
    P.ravel()[flat] -= 1
    return loss, X.T.dot(P) / N + reg * W
