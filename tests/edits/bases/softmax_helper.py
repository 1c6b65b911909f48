import numpy as np


def softmax(z):
    """Softmax over the last axis: works for one row of scores and for a whole matrix."""
    z = z - np.max(z, axis=-1, keepdims=True)
    e = np.exp(z)
    return e / np.sum(e, axis=-1, keepdims=True)


def softmax_loss_naive(W, X, y, reg):
    loss, dW = 0.0, np.zeros_like(W)
    N, D = X.shape
    C = W.shape[1]

    for i in range(N):
        prob = softmax(X[i].dot(W))
        loss += -np.log(prob[y[i]])
        for c in range(C):
            indicator = 1 if c == y[i] else 0
            dW[:, c] += (prob[c] - indicator) * X[i]

    loss = loss / N + 0.5 * reg * np.sum(W ** 2)
    dW = dW / N + reg * W
    return loss, dW


def softmax_loss_vectorized(W, X, y, reg):
    N = X.shape[0]
    idx = np.arange(N)

    prob = softmax(X.dot(W))
    loss = np.mean(-np.log(prob[idx, y])) + 0.5 * reg * np.sum(W ** 2)

    delta = prob.copy()
    delta[idx, y] -= 1
    delta /= N
    dW = X.T.dot(delta) + reg * W
    return loss, dW
