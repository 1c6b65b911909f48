import numpy as np

f32 = np.float32

def softmax_loss_naive(W, X, y, reg):
    W, X, reg = W.astype(f32), X.astype(f32), f32(reg)
    n = f32(X.shape[1])
    loss, dW = f32(0), np.zeros(W.shape, dtype=f32)
    for i in range(X.shape[1]):
        s = W.dot(X[:, i])
        s -= s.max()
        e = np.exp(s)
        loss += np.log(e.sum()) - s[y[i]]
        for j in range(W.shape[0]):
            dW[j] += (e[j] / e.sum() - f32(j == y[i])) * X[:, i]
    return loss / n + f32(0.5) * reg * np.sum(W * W), dW / n + reg * W

def softmax_loss_vectorized(W, X, y, reg):
    W, X, reg = W.astype(f32), X.astype(f32), f32(reg)
    n = X.shape[1]
    s = W.dot(X)
    s -= s.max(axis=0)
    e = np.exp(s)
    t = e.sum(axis=0)
    loss = np.mean(np.log(t) - s[y, np.arange(n)]) + f32(0.5) * reg * np.sum(W * W)
    p = e / t
    p[y, np.arange(n)] -= 1
    return loss, p.dot(X.T) / f32(n) + reg * W
