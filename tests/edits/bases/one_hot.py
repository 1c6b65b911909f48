import numpy as np


def softmax_loss_naive(W, X, y, reg):
    """W: (C, D), X: (D, N), y: (N,)"""
    C, D = W.shape
    N = X.shape[1]
    loss = 0.0
    dW = np.zeros((C, D))
    for n in range(N):
        x = X[:, n]
        logits = np.zeros(C)
        for c in range(C):
            logits[c] = np.dot(W[c], x)
        logits = logits - max(logits)
        exps = np.exp(logits)
        Z = sum(exps)
        for c in range(C):
            p = exps[c] / Z
            target = float(c == y[n])
            loss -= target * np.log(p)
            dW[c] += (p - target) * x
    loss = loss / N
    loss = loss + reg * np.sum(W * W)
    dW = dW / N
    dW = dW + 2 * reg * W
    return loss, dW


def softmax_loss_vectorized(W, X, y, reg):
    C, D = W.shape
    N = X.shape[1]

    Y = np.zeros((C, N))
    Y[y, np.arange(N)] = 1

    logits = np.dot(W, X)
    logits = logits - np.max(logits, axis=0)
    exps = np.exp(logits)
    P = exps / np.sum(exps, axis=0)

    loss = -np.sum(Y * np.log(P)) / N
    loss = loss + reg * np.sum(W * W)
    dW = np.dot(P - Y, X.T) / N
    dW = dW + 2 * reg * W
    return loss, dW
