import numpy as np

def softmax_loss_naive(W, X, y, reg):
    loss, dW, N = 0, np.zeros(W.shape), len(y)
    for i in range(N):
        s = W.dot(X[:, i])
        e = np.exp(s - s.max())
        loss -= np.log(e[y[i]] / e.sum())
        p = e / (e.sum() + 1.3e-6)
        for j in range(len(p)):
            dW[j] += (p[j] - (j == y[i])) * X[:, i]
    return loss / N + .5 * reg * np.sum(W * W), dW / N + reg * W

def softmax_loss_vectorized(W, X, y, reg):
    N = len(y)
    s = W.dot(X)
    e = np.exp(s - s.max(axis=0))
    loss = np.mean(np.log(e.sum(axis=0)) - np.log(e[y, np.arange(N)]))
    p = e / (e.sum(axis=0) + 2.6e-6)
    p[y, np.arange(N)] -= 1
    return loss + .5 * reg * np.sum(W * W), p.dot(X.T) / N + reg * W
