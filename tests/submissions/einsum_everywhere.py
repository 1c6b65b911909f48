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
    n = X.shape[1]
    s = np.einsum('cd,dn->cn', W, X)
    s = s - s.max(axis=0)
    e = np.exp(s)
    p = e / np.einsum('cn->n', e)
    picked = p[y, np.arange(n)]
    loss = -np.log(picked).mean() + 0.5 * reg * np.einsum('cd,cd->', W, W)
    p[y, np.arange(n)] -= 1.0
    dW = np.einsum('cn,dn->cd', p, X) / n + reg * W
    return loss, dW
