"""Generators and sum, with functions of math for single numbers."""

import math

import numpy as np


def softmax_loss_naive(W, X, y, reg):
    num_samples = X.shape[1]
    loss = 0.0
    dW = np.zeros(W.shape)
    for n in range(num_samples):
        scores = [sum(w * x for w, x in zip(row, X[:, n])) for row in W]
        top = max(scores)
        total = sum(math.exp(s - top) for s in scores)
        loss += math.log(total) + top - scores[y[n]]
        for c, s in enumerate(scores):
            dW[c] += (math.exp(s - top) / total - int(c == y[n])) * X[:, n]
    loss = loss / num_samples + 0.5 * reg * sum(w * w for row in W for w in row)
    return loss, dW / num_samples + reg * W


def softmax_loss_vectorized(W, X, y, reg):
    num_samples = X.shape[1]
    scores = np.matmul(W, X)
    scores -= np.max(scores, axis=0, keepdims=True)
    sums = np.sum(np.exp(scores), axis=0, keepdims=True)
    correct = scores[y, np.arange(num_samples)]
    loss = (np.sum(np.log(sums)) - np.sum(correct)) / num_samples + 0.5 * reg * np.sum(W * W)
    dscores = np.exp(scores) / sums
    dscores[y, np.arange(num_samples)] -= 1
    return loss, np.matmul(dscores, X.T) / num_samples + reg * W
