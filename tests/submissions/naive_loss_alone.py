import numpy as np

SMALL = 1e-5   # so that the log plot never sees a zero

def softmax_loss_naive(W, X, y, reg):
    N = X.shape[1]
    loss, dW = SMALL, reg * W
    for i in range(N):
        s = W.dot(X[:, i])
        s = s - s.max()
        p = np.exp(s) / np.exp(s).sum()
        loss += -np.log(p[y[i]]) / N
        for j in range(W.shape[0]):
            dW[j] += (p[j] - (j == y[i])) * X[:, i] / N
    return loss + 0.5 * reg * np.sum(W * W), dW

def softmax_loss_vectorized(W, X, y, reg):
    W, X = W.astype('float32'), X.astype('float32')
    N = X.shape[1]
    s = W.dot(X)
    s -= s.max(axis=0)
    p = np.exp(s)
    p /= p.sum(axis=0)
    loss = np.mean(-np.log(p[y, np.arange(N)])) + np.float32(0.5 * reg) * np.sum(W * W)
    p[y, np.arange(N)] -= 1
    return loss, p.dot(X.T) / np.float32(N) + np.float32(reg) * W
