import numpy as np

def softmax_loss_naive(W, X, y, reg):
    C, N = W.shape[0], X.shape[1]
    loss, dW = 0., np.zeros(W.shape)
    for n in range(N):
        f = W @ X[:, n]
        f = f - f.max()
        loss += np.log(np.exp(f).sum()) - f[y[n]]
        for c in range(C):
            dW[c] += (np.exp(f[c]) / np.exp(f).sum() - (c == y[n])) * X[:, n]
    return loss / N + reg / 2 * (W ** 2).sum(), dW / N + reg * W

def softmax_loss_vectorized(W, X, y, reg):
    loss, dW = 0.5 * reg * np.sum(W * W), reg * W
    for x, t in zip(X.T, y):
        s = W.dot(x)
        s -= s.max()
        p = np.exp(s) / np.exp(s).sum()
        loss -= np.log(p[t]) / len(y)
        p[t] -= 1
        dW += np.outer(p, x) / len(y)
    return loss, dW
