from builtins import range
import numpy as np
from random import shuffle
from past.builtins import xrange


def softmax_loss_naive(W, X, y, reg):
    # W: (D, C)   X: (N, D)   y: (N,)
    loss = 0.0
    dW = np.zeros_like(W)

    num_train = X.shape[0]
    num_classes = W.shape[1]
    for i in range(num_train):
        scores = X[i].dot(W)
        scores -= np.max(scores)  # for numeric stability
        exp_scores = np.exp(scores)
        softmax = exp_scores / np.sum(exp_scores)
        loss -= np.log(softmax[y[i]])
        for j in range(num_classes):
            if j == y[i]:
                dW[:, j] += (softmax[j] - 1) * X[i]
            else:
                dW[:, j] += softmax[j] * X[i]

    loss /= num_train
    dW /= num_train
    loss += reg * np.sum(W * W)
    dW += 2 * reg * W

    return loss, dW


def softmax_loss_vectorized(W, X, y, reg):
    loss = 0.0
    dW = np.zeros_like(W)

    num_train = X.shape[0]
    scores = X @ W
    scores -= np.max(scores, axis=1, keepdims=True)
    exp_scores = np.exp(scores)
    row_sums = exp_scores.sum(axis=1, keepdims=True)
    softmax = exp_scores / row_sums
    loss = np.sum(-np.log(softmax[np.arange(num_train), y])) / num_train
    loss += reg * np.sum(W * W)

    softmax[np.arange(num_train), y] -= 1
    dW = X.T @ softmax
    dW = dW / num_train + 2 * reg * W

    return loss, dW
