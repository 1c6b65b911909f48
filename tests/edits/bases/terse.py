import numpy as np


def softmax_loss_naive(W, X, y, reg):
    L = 0.; G = np.zeros(W.shape); n = X.shape[1]
    for i in range(n):
        s = W @ X[:, i]; s -= s.max()
        q = np.exp(s); q /= q.sum()
        L -= np.log(q[y[i]])
        for k in range(W.shape[0]):
            G[k] += (q[k] - (k == y[i])) * X[:, i]
    L = L/n + reg/2*(W**2).sum()
    G = G/n + reg*W
    return L, G


def softmax_loss_vectorized(W, X, y, reg):
    n = X.shape[1]; r = np.arange(n)
    s = W @ X; s -= s.max(0)
    q = np.exp(s); q /= q.sum(0)
    L = -np.log(q[y, r]).mean() + reg/2*(W**2).sum()
    q[y, r] -= 1
    G = q @ X.T/n + reg*W
    return L, G
