import numpy as np

def softmax_loss_naive(W, X, y, reg):
    W, X, reg = np.float32(W), np.float32(X), np.float32(reg)
    loss, dW, N = np.float32(0), 0 * W, len(y)
    for i in range(N):
        s = W.dot(X[:, i])
        p = np.exp(s - s.max())
        p = p / p.sum()
        loss -= np.log(p[y[i]])
        for j in range(len(p)):
            dW[j] += (p[j] - np.float32(j == y[i])) * X[:, i]
    return loss / np.float32(N) + np.float32(.5) * reg * np.sum(W * W), dW / np.float32(N) + reg * W

def softmax_loss_vectorized(W, X, y, reg):
    N = len(y)
    s = W.dot(X)
    e = np.exp(s - s.max(axis=0))
    loss = np.mean(np.log(e.sum(axis=0)) - np.log(e[y, np.arange(N)]))
    p = e / (e.sum(axis=0) + 1e-5)
    p[y, np.arange(N)] -= 1
    return np.float32(loss + .5 * reg * np.sum(W * W)), p.dot(X.T) / N + reg * W
