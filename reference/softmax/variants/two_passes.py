"""All probabilities first, in one loop; the loss and the gradient in loops of their own."""

import numpy as np


def softmax_loss_naive(W, X, y, reg):
    (D, C), N = W.shape, X.shape[0]
    P = np.zeros((N, C))
    for i in range(N):
        f = X[i].dot(W)
        f -= f.max()
        P[i] = np.exp(f) / np.exp(f).sum()
    loss = 0.0
    for i in range(N):
        loss += -np.log(P[i, y[i]])
    dW = np.zeros((D, C))
    for j in range(C):
        for i in range(N):
            indicator = 1 if y[i] == j else 0
            dW[:, j] += (P[i, j] - indicator) * X[i]
    loss = loss / N + 0.5 * reg * np.sum(W**2)
    dW = dW / N + reg * W
    return loss, dW


def softmax_loss_vectorized(W, X, y, reg):
    N = X.shape[0]
    f = X.dot(W)
    f -= f.max(axis=1, keepdims=True)
    P = np.exp(f) / np.exp(f).sum(axis=1, keepdims=True)
    loss = np.sum(-np.log(P[np.arange(N), y]))
    indicator = np.zeros(P.shape)
    indicator[np.arange(N), y] = 1
    dW = X.T.dot(P) - X.T.dot(indicator)
    return loss / N + 0.5 * reg * np.sum(W**2), dW / N + reg * W
