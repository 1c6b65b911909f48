import math

import numpy as np


def softmax_loss_naive(W, X, y, reg):
    """Lists as far as they go. W is (D, C), X is (N, D)."""
    num_train, num_classes = len(X), W.shape[1]
    losses = []
    dW = np.zeros_like(W)
    for x, label in zip(X, y):
        scores = [x.dot(W[:, k]) for k in range(num_classes)]
        biggest = max(scores)
        exps = [math.exp(s - biggest) for s in scores]
        total = sum(exps)
        probs = [e / total for e in exps]
        losses.append(-math.log(probs[label]))
        coefs = [p - (k == label) for k, p in enumerate(probs)]
        dW += np.array([c * x for c in coefs]).T
    loss = sum(losses) / num_train
    loss += reg * sum(w * w for w in W.flatten())
    dW = dW / num_train + 2 * reg * W
    return loss, dW


def softmax_loss_vectorized(W, X, y, reg):
    n = len(y)
    z = X.dot(W)
    z = (z.T - z.max(axis=1)).T
    p = np.exp(z)
    p = (p.T / p.sum(axis=1)).T
    loss = -np.log(p[np.arange(n), y]).sum() / n + reg * (W * W).sum()
    p[np.arange(n), y] -= 1
    dW = X.T.dot(p) / n + 2 * reg * W
    return loss, dW
