"""Softmax classifier, cut into small functions."""
import numpy as np


def stable_softmax(scores):
    """Columns are samples."""
    shifted = scores - np.max(scores, axis=0, keepdims=True)
    exponentials = np.exp(shifted)
    return exponentials / np.sum(exponentials, axis=0, keepdims=True)


def cross_entropy(probability):
    return -np.log(probability)


def penalty(W, reg):
    return 0.5 * reg * np.sum(W * W), reg * W


def softmax_loss_naive(W, X, y, reg):
    loss, dW = penalty(W, reg)
    N = X.shape[1]
    for i in range(N):
        column = X[:, [i]]
        p = stable_softmax(W.dot(column))
        loss += cross_entropy(p[y[i], 0]) / N
        for j in range(len(p)):
            dW[j] += (p[j, 0] - (1 if j == y[i] else 0)) * column[:, 0] / N
    return loss, dW


def softmax_loss_vectorized(W, X, y, reg):
    penalty_loss, penalty_gradient = penalty(W, reg)
    N = X.shape[1]
    picked = y, np.arange(N)
    p = stable_softmax(W.dot(X))
    data_loss = cross_entropy(p[picked]).mean()
    p[picked] -= 1
    return data_loss + penalty_loss, p.dot(X.T) / N + penalty_gradient
