import numpy as np

tiny = 1e-5   # never divide by zero

def softmax_loss_naive(W, X, y, reg):
    N = X.shape[1]
    loss, dW = np.float32(0), np.zeros(W.shape)
    for i in range(N):
        e = np.exp(W.dot(X[:, i]) - np.max(W.dot(X[:, i])))
        loss += np.float32(np.log(e.sum() / e[y[i]]))
        for j in range(W.shape[0]):
            dW[j] += (e[j] / (e.sum() + tiny) - (j == y[i])) * X[:, i]
    return loss / np.float32(N) + np.float32(0.5 * reg * np.sum(W * W)), dW / N + reg * W

def softmax_loss_vectorized(W, X, y, reg):
    W, X = W.astype(np.float32), X.astype(np.float32)
    N = np.float32(X.shape[1])
    e = W.dot(X)
    e = np.exp(e - e.max(axis=0))
    p = e / e.sum(axis=0)
    loss = -np.log(p[y, np.arange(len(y))]).sum() / N + np.float32(0.5 * reg) * (W * W).sum()
    p[y, np.arange(len(y))] -= 1
    return loss, p.dot(X.T) / N + np.float32(reg) * W
