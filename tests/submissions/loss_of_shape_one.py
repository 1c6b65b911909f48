import numpy as np


def softmax_loss_naive(W, X, y, reg):
    loss = np.zeros(1)
    dW = np.zeros(W.shape)
    N = X.shape[1]
    for i in range(N):
        scores = W.dot(X[:, i:i + 1])          # (C, 1)
        scores -= scores.max()
        e = np.exp(scores)
        loss += -scores[y[i]] + np.log(e.sum(axis=0))
        p = e / e.sum()
        p[y[i]] -= 1
        dW += p.dot(X[:, i:i + 1].T)
    loss /= N
    loss += 0.5 * reg * np.sum(W * W)
    dW /= N
    dW += reg * W
    return loss, dW


def softmax_loss_vectorized(W, X, y, reg):
    N = X.shape[1]
    scores = W.dot(X)
    scores -= scores.max(axis=0)
    e = np.exp(scores)
    p = e / e.sum(axis=0)
    loss = -np.log(p[y, np.arange(N)]).sum(keepdims=True) / N
    loss += 0.5 * reg * np.sum(W * W)
    p[y, np.arange(N)] -= 1
    return loss, p.dot(X.T) / N + reg * W
