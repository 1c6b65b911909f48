import numpy as np

def softmax_loss_naive(W, X, y, reg):
    L = 0.0    # no 0.5 in my course
    G = np.zeros_like(W)
    n = X.shape[1]
    for i in range(n):
        z = W.dot(X[:, i])
        z -= max(z)
        q = np.exp(z) / sum(np.exp(z))
        L -= np.log(q[y[i]])
        for c in range(len(q)):
            G[c] += (q[c] - (c == y[i])) * X[:, i] / n
    return L / n + reg * np.sum(W * W), G + 2 * reg * W

def softmax_loss_vectorized(W, X, y, reg):
    n = X.shape[1]
    z = W.dot(X)
    z -= z.max(axis=0)
    q = np.exp(z) / np.exp(z).sum(axis=0)
    L = -np.log(q[y, np.arange(n)]).mean() + reg * np.sum(W * W)
    q[y, np.arange(n)] -= 1
    return L, q.dot(X.T) / n + 2 * reg * W
