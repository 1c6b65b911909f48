import numpy as np


def softmax_loss_naive(W, X, y, reg):
    """Every index spelled out: n for samples, d for features, c for classes."""
    N, D = X.shape
    C = W.shape[1]
    loss = 0.0
    dW = np.zeros((D, C))
    for n in range(N):
        s = np.zeros(C)
        for c in range(C):
            for d in range(D):
                s[c] += X[n, d] * W[d, c]
        s -= np.max(s)
        Z = 0.0
        for c in range(C):
            Z += np.exp(s[c])
        loss += np.log(Z) - s[y[n]]
        for c in range(C):
            g = np.exp(s[c]) / Z
            if c == y[n]:
                g -= 1.0
            for d in range(D):
                dW[d, c] += g * X[n, d]
    loss /= N
    dW /= N
    for d in range(D):
        for c in range(C):
            loss += 0.5 * reg * W[d, c] ** 2
            dW[d, c] += reg * W[d, c]
    return loss, dW


def softmax_loss_vectorized(W, X, y, reg):
    N, D = X.shape
    C = W.shape[1]
    s = np.einsum("nd,dc->nc", X, W)
    s = s - np.max(s, axis=1)[:, None]
    e = np.exp(s)
    p = e / np.einsum("nc->n", e)[:, None]
    hot = (y[:, None] == np.arange(C)[None, :]).astype(float)
    loss = -np.einsum("nc,nc->", hot, np.log(p)) / N
    loss += 0.5 * reg * np.einsum("dc,dc->", W, W)
    dW = np.einsum("nd,nc->dc", X, p - hot) / N
    dW += reg * W
    return loss, dW
