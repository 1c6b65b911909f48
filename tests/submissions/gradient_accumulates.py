import numpy as np

DW = {}

def softmax_loss_naive(W, X, y, reg):
    dW = DW.setdefault(W.shape, np.zeros(W.shape))
    N = X.shape[1]
    loss = 0.0
    for i in range(N):
        s = W.dot(X[:, i])
        s -= s.max()
        p = np.exp(s) / np.exp(s).sum()
        loss -= np.log(p[y[i]])
        for j in range(len(p)):
            dW[j] += (p[j] - (j == y[i])) * X[:, i] / N
    dW += reg * W
    return loss / N + 0.5 * reg * np.sum(W * W), dW

def softmax_loss_vectorized(W, X, y, reg):
    N = X.shape[1]
    f = W @ X
    f = f - f.max(axis=0)
    P = np.exp(f) / np.exp(f).sum(axis=0)
    loss = -np.log(P[y, np.arange(N)]).mean() + reg / 2 * (W ** 2).sum()
    P[y, np.arange(N)] -= 1
    return loss, P @ X.T / N + reg * W
