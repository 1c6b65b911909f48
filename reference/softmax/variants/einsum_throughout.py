"""Every product and every sum is an einsum."""

import numpy as np


def softmax_loss_naive(W, X, y, reg):
    C, N = W.shape[0], X.shape[1]
    loss = 0.5 * reg * np.einsum("cd,cd->", W, W)
    dW = reg * W
    for n in range(N):
        s = np.einsum("cd,d->c", W, X[:, n])
        s = s - s.max()
        log_total = np.log(np.exp(s).sum())
        loss += (log_total - s[y[n]]) / N
        for c in range(C):
            weight = np.exp(s[c] - log_total) - (1.0 if c == y[n] else 0.0)
            dW[c] += np.einsum(",d->d", weight, X[:, n]) / N
    return loss, dW


def softmax_loss_vectorized(W, X, y, reg):
    N = X.shape[1]
    s = np.einsum("cd,dn->cn", W, X)
    s = s - s.max(axis=0)
    e = np.exp(s)
    totals = np.einsum("cn->n", e)
    right = s[y, np.arange(N)]
    loss = np.einsum("n->", np.log(totals) - right) / N
    p = np.einsum("cn,n->cn", e, 1 / totals)
    p[y, np.arange(N)] -= 1
    loss += 0.5 * reg * np.einsum("cd,cd->", W, W)
    return loss, np.einsum("cn,dn->cd", p, X, optimize=True) / N + reg * W
