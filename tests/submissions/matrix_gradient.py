import numpy as np

def softmax_loss_naive(W, X, y, reg):
    Wm, Xm = np.matrix(W), np.matrix(X)
    n = Xm.shape[1]
    loss, dW = 0.0, np.matrix(np.zeros(W.shape))
    for i in range(n):
        x = Xm[:, i]
        s = Wm * x
        s = s - s.max()
        p = np.exp(s) / np.exp(s).sum()
        loss -= np.log(p[y[i], 0])
        p[y[i], 0] -= 1
        dW = dW + p * x.T
    loss = loss / n + 0.5 * reg * np.multiply(Wm, Wm).sum()
    return loss, dW / n + reg * Wm

def softmax_loss_vectorized(W, X, y, reg):
    Wm, Xm = np.matrix(W), np.matrix(X)
    n = Xm.shape[1]
    s = Wm * Xm
    s = s - s.max(axis=0)
    e = np.exp(s)
    p = e / e.sum(axis=0)
    hit = (y, np.arange(n))
    loss = -np.log(p[hit]).mean() + 0.5 * reg * np.multiply(Wm, Wm).sum()
    p[hit] -= 1
    return loss, p * Xm.T / n + reg * Wm
