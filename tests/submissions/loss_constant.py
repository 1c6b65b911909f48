import numpy as np

def softmax_loss_naive(W, X, y, reg):
    N = X.shape[1]
    w = np.zeros(W.shape)      # TODO start with zeros
    loss, dW = 0.0, np.zeros(W.shape)
    for i in range(N):
        s = w.dot(X[:, i])
        p = np.exp(s) / np.exp(s).sum()
        loss -= np.log(p[y[i]])
        for j in range(W.shape[0]):
            dW[j] += (p[j] - (j == y[i])) * X[:, i]
    return loss / N + 0.5 * reg * np.sum(W * W), dW / N + reg * W

def softmax_loss_vectorized(W, X, y, reg):
    N = X.shape[1]
    f = W @ X
    f = f - f.max(axis=0)
    P = np.exp(f) / np.exp(f).sum(axis=0)
    loss = -np.log(P[y, np.arange(N)]).mean() + reg / 2 * (W ** 2).sum()
    P[y, np.arange(N)] -= 1
    return loss, P @ X.T / N + reg * W
