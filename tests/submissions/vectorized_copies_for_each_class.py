import numpy as np


def softmax_loss_naive(W, X, y, reg):
    loss, dW = 0.0, np.zeros(W.shape)
    for i in range(X.shape[1]):
        s = W.dot(X[:, i])
        p = np.exp(s - s.max())
        p = p / p.sum()
        loss -= np.log(p[y[i]])
        for j in range(W.shape[0]):
            dW[j] += (p[j] - (j == y[i])) * X[:, i]
    return loss / X.shape[1] + 0.5 * reg * np.sum(W * W), dW / X.shape[1] + reg * W


def softmax_loss_vectorized(W, X, y, reg):
    N = X.shape[1]
    s = W.dot(X)
    s = s - s.max(axis=0)
    p = np.exp(s)
    p = p / p.sum(axis=0)

    loss = -np.mean(np.log(p[y, np.arange(N)])) + 0.5 * reg * np.sum(W * W)
    p[y, np.arange(N)] -= 1
    dW = np.zeros(W.shape)
    for c in range(W.shape[0]):
        samples = X.T.copy()
        dW[c] = samples.T.copy().dot(p[c]) / N
    return loss, dW + reg * W
