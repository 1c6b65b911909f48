"""np.matrix, whose * is the product of matrices."""

import numpy as np


def softmax_loss_naive(W, X, y, reg):
    M, A = np.asmatrix(W), np.asmatrix(X)
    loss, dW = 0.0, np.asmatrix(np.zeros(W.shape))
    for i in range(A.shape[1]):
        s = M * A[:, i]
        s = s - s.max()
        e = np.exp(s)
        loss += float(np.log(e.sum()) - s[y[i], 0])
        p = e / e.sum()
        p[y[i], 0] -= 1
        dW = dW + p * A[:, i].T
    N = A.shape[1]
    return loss / N + 0.5 * reg * np.sum(W * W), np.asarray(dW / N + reg * M)


def softmax_loss_vectorized(W, X, y, reg):
    M, A = np.asmatrix(W), np.asmatrix(X)
    N = A.shape[1]
    s = M * A
    s = s - s.max(axis=0)
    e = np.exp(s)
    totals = e.sum(axis=0)
    loss = (np.log(totals).sum() - np.asarray(s)[y, np.arange(N)].sum()) / N
    p = e / totals
    p[y, np.arange(N)] -= 1
    return loss + 0.5 * reg * np.sum(W * W), p * A.T / N + reg * M
