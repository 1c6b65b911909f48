from __future__ import print_function

import sys

import numpy as np


def softmax_loss_naive(W, X, y, reg):
    loss = 0.0
    dW = np.zeros_like(W)
    C = W.shape[0]
    N = X.shape[1]
    for i in range(N):
        s = W.dot(X[:, i])
        s -= np.max(s)
        total = 0.0
        for s_k in s:
            total += np.exp(s_k)
        loss += np.log(total) - s[y[i]]
        for j in range(C):
            p = np.exp(s[j]) / total
            dW[j, :] += (p - (j == y[i])) * X[:, i]
    loss = loss / N + 0.5 * reg * np.sum(W * W)
    dW = dW / N + reg * W
    return loss, dW


def softmax_loss_vectorized(W, X, y, reg):
    N = X.shape[1]
    n = np.arange(N)
    s = W.dot(X)
    print('shapes', W.shape, X.shape, y)
    print(W, X, s, reg, sep='\n')
    print(s, file=sys.stderr)
    s -= np.max(s, axis=0)
    e = np.exp(s)
    totals = np.sum(e, axis=0)
    losses = np.log(totals) - s[y, n]
    p = e / totals
    p[y, n] -= 1
    dW = p.dot(X.T) / N + reg * W
    return np.mean(losses) + 0.5 * reg * np.sum(W * W), dW
