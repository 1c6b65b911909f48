"""map, zip and lambdas over the samples."""

import math

import numpy as np


def softmax_loss_naive(W, X, y, reg):
    def one(sample):
        x, label = sample
        scores = list(map(lambda w: float(np.dot(w, x)), W.T))
        top = max(scores)
        e = list(map(lambda s: math.exp(s - top), scores))
        p = list(map(lambda v: v / sum(e), e))
        columns = [(q - (j == label)) * x for j, q in enumerate(p)]
        return -math.log(p[label]), np.array(columns).T

    losses, gradients = zip(*map(one, zip(X, y)))
    N = len(losses)
    return sum(losses) / N + reg * np.sum(W * W), sum(gradients) / N + 2 * reg * W


def softmax_loss_vectorized(W, X, y, reg):
    N = len(y)
    s = X.dot(W)
    s = s - np.max(s, axis=1).reshape(N, 1)
    e = np.exp(s)
    p = e / np.sum(e, axis=1).reshape(N, 1)
    loss = np.sum(-np.log(p[list(range(N)), list(y)])) / N + reg * np.sum(W * W)
    d = p.copy()
    d[list(range(N)), list(y)] -= 1
    return loss, np.dot(X.T, d) / N + 2 * reg * W
