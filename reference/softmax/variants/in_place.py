"""One array that is overwritten step by step, with out= where numpy has it."""

import numpy as np


def softmax_loss_naive(W, X, y, reg):
    C, N = W.shape[0], X.shape[1]
    dW = np.zeros(W.shape)
    buffer = np.empty(C)
    loss = 0.0
    for i in range(N):
        np.dot(W, X[:, i], out=buffer)
        np.subtract(buffer, buffer.max(), out=buffer)
        loss -= buffer[y[i]]
        np.exp(buffer, out=buffer)
        loss += np.log(buffer.sum())
        np.divide(buffer, buffer.sum(), out=buffer)
        buffer[y[i]] -= 1.0
        dW += buffer[:, None] * X[:, i]
    loss /= N
    dW /= N
    loss += 0.5 * reg * np.sum(W * W)
    dW += reg * W
    return loss, dW


def softmax_loss_vectorized(W, X, y, reg):
    N = X.shape[1]
    S = np.empty((W.shape[0], N))
    np.dot(W, X, out=S)
    S -= S.max(axis=0)
    loss = -S[y, np.arange(N)].sum()
    np.exp(S, out=S)
    totals = S.sum(axis=0)
    loss += np.log(totals).sum()
    S /= totals
    S[y, np.arange(N)] -= 1.0
    dW = np.dot(S, X.T)
    dW /= N
    dW += reg * W
    return loss / N + 0.5 * reg * np.sum(W * W), dW
