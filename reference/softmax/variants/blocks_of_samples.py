"""The vectorized function works on 512 samples at a time, to need less memory."""

import numpy as np


def softmax_loss_naive(W, X, y, reg):
    loss = 0.0
    dW = np.zeros_like(W)
    i = 0
    while i < X.shape[0]:
        scores = np.dot(X[i], W)
        scores = scores - np.max(scores)
        exp_scores = np.exp(scores)
        sum_exp = 0.0
        j = 0
        while j < W.shape[1]:
            sum_exp += exp_scores[j]
            j += 1
        loss += -scores[y[i]] + np.log(sum_exp)
        j = 0
        while j < W.shape[1]:
            dW[:, j] += exp_scores[j] / sum_exp * X[i]
            j += 1
        dW[:, y[i]] -= X[i]
        i += 1
    return loss / X.shape[0] + 0.5 * reg * np.sum(W * W), dW / X.shape[0] + reg * W


def softmax_loss_vectorized(W, X, y, reg):
    N, size = X.shape[0], 512
    loss, dW = 0.0, np.zeros_like(W)
    for start in range(0, N, size):
        x, labels = X[start : start + size], y[start : start + size]
        rows = np.arange(len(x))
        scores = x.dot(W)
        scores -= scores.max(axis=1, keepdims=True)
        e = np.exp(scores)
        totals = e.sum(axis=1, keepdims=True)
        loss += np.sum(np.log(totals[:, 0]) - scores[rows, labels])
        e /= totals
        e[rows, labels] -= 1
        dW += x.T.dot(e)
    return loss / N + 0.5 * reg * np.sum(W * W), dW / N + reg * W
