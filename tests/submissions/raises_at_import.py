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
    N = X.shape[1]
    f = W @ X
    f = f - f.max(axis=0)
    P = np.exp(f) / np.exp(f).sum(axis=0)
    loss = -np.log(P[y, np.arange(N)]).mean() + reg / 2 * (W ** 2).sum()
    P[y, np.arange(N)] -= 1
    return loss, P @ X.T / N + reg * W

W = np.ones((3, 5))
print(softmax_loss_vectorized(W, np.ones((4, 7)), np.arange(7), 0.1))
