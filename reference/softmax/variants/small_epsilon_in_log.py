"""1e-9 is added to a probability, so that its logarithm is never infinite."""

import numpy as np

EPS = 1e-9


def softmax_loss_naive(W, X, y, reg):
    num_train = X.shape[0]
    num_classes = W.shape[1]
    loss, dW = 0.0, np.zeros_like(W)
    for i in range(num_train):
        scores = X[i].dot(W)
        scores = scores - scores.max()
        probs = np.exp(scores) / np.sum(np.exp(scores))
        loss -= np.log(probs[y[i]] + EPS)
        for j in range(num_classes):
            dW[:, j] += (probs[j] - (j == y[i])) * X[i]
    return loss / num_train + reg * np.sum(W**2), dW / num_train + 2 * reg * W


def softmax_loss_vectorized(W, X, y, reg):
    num_train = X.shape[0]
    scores = X.dot(W)
    scores = scores - scores.max(axis=1)[:, np.newaxis]
    probs = np.exp(scores) / np.sum(np.exp(scores), axis=1)[:, np.newaxis]
    loss = np.mean(-np.log(probs[np.arange(num_train), y] + EPS)) + reg * np.sum(W**2)
    target = np.zeros_like(probs)
    target[np.arange(num_train), y] = 1
    return loss, X.T.dot(probs - target) / num_train + 2 * reg * W
