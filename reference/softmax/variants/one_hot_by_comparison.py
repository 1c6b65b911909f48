"""Targets of 0 and 1 from a comparison, and no index anywhere."""

import numpy as np


def softmax_loss_naive(W, X, y, reg):
    classes = np.arange(W.shape[0])
    loss = 0.0
    dW = np.zeros(W.shape)
    for i in range(len(y)):
        target = (classes == y[i]).astype(float)
        scores = W.dot(X[:, i])
        scores -= scores.max()
        log_probabilities = scores - np.log(np.sum(np.exp(scores)))
        loss -= np.sum(target * log_probabilities)
        dW += (np.exp(log_probabilities) - target)[:, None] * X[:, i]
    loss /= len(y)
    dW /= len(y)
    return loss + 0.5 * reg * np.sum(W * W), dW + reg * W


def softmax_loss_vectorized(W, X, y, reg):
    targets = np.equal.outer(np.arange(W.shape[0]), y).astype(float)
    scores = W.dot(X)
    scores -= scores.max(axis=0)
    log_probabilities = scores - np.log(np.sum(np.exp(scores), axis=0))
    loss = -np.sum(targets * log_probabilities) / len(y) + 0.5 * reg * np.sum(W * W)
    dW = (np.exp(log_probabilities) - targets).dot(X.T) / len(y) + reg * W
    return loss, dW
