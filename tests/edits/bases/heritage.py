import numpy as np
from past.builtins import xrange


def softmax_loss_naive(W, X, y, reg):
    # Initialize the loss and gradient to zero.
    loss = 0.0
    dW = np.zeros(W.shape)

    N = X.shape[0]
    C = W.shape[1]
    for i in xrange(N):
        f_i = X[i, :].dot(W)
        f_i += -np.max(f_i)
        correct_class_score = f_i[y[i]]
        sum_j = np.sum(np.exp(f_i))
        loss += -np.log(np.exp(correct_class_score) / sum_j)
        dW[:, y[i]] -= X[i, :]
        for j in xrange(C):
            dW[:, j] += np.exp(f_i[j]) / sum_j * X[i, :]

    loss = loss / N + reg * np.sum(np.square(W))
    dW = dW / N + 2 * reg * W
    return loss, dW


def softmax_loss_vectorized(W, X, y, reg):
    N = X.shape[0]
    C = W.shape[1]
    f = np.matmul(X, W)
    f += -np.max(f, axis=1).reshape(-1, 1)
    correct_class_scores = f[xrange(N), y]
    sum_f = np.sum(np.exp(f), axis=1)
    loss = np.sum(np.log(sum_f)) - np.sum(correct_class_scores)
    loss = loss / N + reg * np.sum(np.square(W))

    mask = np.zeros((N, C))
    mask[np.arange(N), y] = -1
    mask += np.exp(f) / sum_f.reshape(-1, 1)
    dW = np.matmul(X.T, mask)
    dW = dW / N + 2 * reg * W
    return loss, dW
