import numpy as np

def softmax_naive(W, X, y, reg):
    return softmax_vec(W, X, y, reg)

def softmax_vec(W, X, y, reg):
    N = X.shape[1]
    f = W @ X - np.max(W @ X, axis=0)
    P = np.exp(f) / np.exp(f).sum(axis=0)
    loss = -np.log(P[y, np.arange(N)]).mean() + reg / 2 * (W ** 2).sum()
    P[y, np.arange(N)] -= 1
    return loss, P @ X.T / N + reg * W
