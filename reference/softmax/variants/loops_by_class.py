"""The outer loop of the naive function runs over classes, the inner one over samples."""

import numpy as np


def softmax_loss_naive(W, X, y, reg):
    C, N = W.shape[1], X.shape[0]
    scores = np.zeros((N, C))
    for c in range(C):
        for i in range(N):
            scores[i, c] = X[i].dot(W[:, c])
    largest = np.zeros(N)
    totals = np.zeros(N)
    for i in range(N):
        largest[i] = max(scores[i])
    for c in range(C):
        for i in range(N):
            totals[i] += np.exp(scores[i, c] - largest[i])
    loss = 0.0
    dW = np.zeros_like(W)
    for c in range(C):
        for i in range(N):
            p = np.exp(scores[i, c] - largest[i]) / totals[i]
            if y[i] == c:
                loss -= np.log(p)
                p -= 1
            dW[:, c] += p * X[i]
    return loss / N + reg * np.sum(W * W), dW / N + 2 * reg * W


def softmax_loss_vectorized(W, X, y, reg):
    N = X.shape[0]
    index = (np.arange(N), y)
    scores = X.dot(W)
    scores -= np.amax(scores, axis=1, keepdims=True)
    probabilities = np.exp(scores)
    probabilities /= np.sum(probabilities, axis=1, keepdims=True)
    loss = -np.log(probabilities[index]).mean()
    probabilities[index] -= 1
    return loss + reg * np.sum(W * W), X.T.dot(probabilities) / N + 2 * reg * W
