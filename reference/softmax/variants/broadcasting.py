"""No dot in the naive function: products are broadcast and then summed."""

import numpy as np


def softmax_loss_naive(W, X, y, reg):
    loss, dW = 0.0, np.zeros_like(W)
    for i in range(X.shape[0]):
        scores = (X[i][:, np.newaxis] * W).sum(axis=0)
        scores = scores - scores.max()
        probabilities = np.exp(scores) / np.exp(scores).sum()
        loss += -np.log(probabilities[y[i]])
        target = np.zeros(W.shape[1])
        target[y[i]] = 1
        dW += X[i][:, np.newaxis] * (probabilities - target)[np.newaxis, :]
    loss = loss / X.shape[0] + 0.5 * reg * (W * W).sum()
    return loss, dW / X.shape[0] + reg * W


def softmax_loss_vectorized(W, X, y, reg):
    scores = X.dot(W)
    scores = (scores.T - scores.max(axis=1)).T
    probabilities = (np.exp(scores).T / np.exp(scores).sum(axis=1)).T
    target = (y[:, np.newaxis] == np.arange(W.shape[1])[np.newaxis, :]) * 1.0
    loss = -(np.log(probabilities) * target).sum() / X.shape[0] + 0.5 * reg * (W * W).sum()
    return loss, X.T.dot(probabilities - target) / X.shape[0] + reg * W
