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
    C, D = W.shape
    N = X.shape[1]
    S = np.zeros((C, N))
    for c in range(C):
        for d in range(D):
            S[c] = S[c] + W[c, d] * X[d]
    S = S - S.max(axis=0)
    P = np.exp(S) / np.exp(S).sum(axis=0)
    loss = -np.log(P[y, np.arange(N)]).mean() + 0.5 * reg * np.sum(W * W)
    dW = reg * W
    for c in range(C):
        for d in range(D):
            dW[c, d] += np.sum((P[c] - (y == c)) * X[d]) / N
    return loss, dW
