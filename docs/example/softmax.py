"""Somebody's solution with one mistake: the file that docs/how-it-works.md follows."""

import numpy as np


def softmax_loss_naive(W, X, y, reg):
    num_train = X.shape[1]
    loss = 0.0
    dW = np.zeros(W.shape)
    for i in range(num_train):
        scores = W.dot(X[:, i])
        scores -= np.max(scores)
        total = np.sum(np.exp(scores))
        loss += np.log(total) - scores[y[i]]
        for j in range(W.shape[0]):
            p = np.exp(scores[j]) / total
            dW[j] += (p - (j == y[i])) * X[:, i]
    loss = loss / num_train + 0.5 * reg * np.sum(W * W)
    dW = dW / num_train + reg * W
    return loss, dW


def softmax_loss_vectorized(W, X, y, reg):
    num_train = X.shape[1]
    index = np.arange(num_train)
    scores = W.dot(X)
    scores -= np.max(scores, axis=0)
    exp = np.exp(scores)
    total = np.sum(exp, axis=0)
    loss = np.mean(np.log(total) - scores[y, index]) + 0.5 * reg * np.sum(W * W)
    dscores = exp / total
    dscores[y, index] -= 1
    dW = dscores.dot(X.T) + reg * W
    return loss, dW
