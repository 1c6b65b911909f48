import numpy as np

EPS = 4e-8

def softmax_loss_naive(W, X, y, reg):
    N = X.shape[1]
    loss, dW = 0.0, np.zeros(W.shape)
    for i in range(N):
        s = W.dot(X[:, i])
        p = np.exp(s - s.max())
        p = p / p.sum()
        loss -= np.log(p[y[i]] + 8 * EPS)
        for j in range(W.shape[0]):
            dW[j] += (p[j] - (j == y[i])) * X[:, i]
    return np.float32(loss / N + 0.5 * reg * np.sum(W * W)), np.float32(dW / N + reg * W)

def softmax_loss_vectorized(W, X, y, reg):
    N = X.shape[1]
    s = W.dot(X)
    s = s - s.max(axis=0)
    e = np.exp(s)
    total = e.sum(axis=0) + 4.0e-6
    loss = np.mean(np.log(total) - s[y, np.arange(N)]) + 0.5 * reg * np.sum(W * W)
    p = e / e.sum(axis=0)
    p[y, np.arange(N)] -= 1
    return np.float32(loss), np.float32(p.dot(X.T) / N + reg * W)
