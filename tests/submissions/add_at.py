import numpy as np

def softmax_loss_naive(W, X, y, reg):
    N = X.shape[1]
    loss, dW = 0.0, np.zeros(W.shape)
    for i in range(N):
        s = np.matmul(W, X[:, i])
        s = s - s.max()
        p = np.exp(s) / np.exp(s).sum()
        loss -= np.log(p[y[i]])
        for j in range(W.shape[0]):
            np.add.at(dW, j, p[j] * X[:, i])
        np.subtract.at(dW, y[i], X[:, i])
    return loss / N + 0.5 * reg * np.sum(W * W), dW / N + reg * W

def softmax_loss_vectorized(W, X, y, reg):
    N = X.shape[1]
    s = np.matmul(W, X)
    s = s - s.max(axis=0)
    p = np.exp(s) / np.exp(s).sum(axis=0)
    loss = -np.log(p[y, np.arange(N)]).mean() + 0.5 * reg * np.sum(W * W)
    dscores = p / N
    np.add.at(dscores, (y, np.arange(N)), -1.0 / N)
    return loss, np.matmul(dscores, X.T) + reg * W
