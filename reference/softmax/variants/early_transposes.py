"""Turns the inputs first, works with samples in rows, and turns the gradient back."""

import numpy as np


def softmax_loss_naive(W, X, y, reg):
    V, R = np.transpose(W), np.transpose(X)
    dV = np.zeros(V.shape)
    total_loss = 0.0
    for row, label in zip(R, y):
        s = row @ V
        s = s - np.max(s)
        p = np.exp(s) / np.exp(s).sum()
        total_loss += -np.log(p[label])
        for k in range(V.shape[1]):
            dV[:, k] += (p[k] - 1) * row if k == label else p[k] * row
    loss = total_loss / len(R) + 0.5 * reg * np.sum(V * V)
    return loss, (dV / len(R) + reg * V).T


def softmax_loss_vectorized(W, X, y, reg):
    V, R = np.transpose(W), np.ascontiguousarray(np.transpose(X))
    s = R @ V
    s = s - np.max(s, axis=1, keepdims=True)
    p = np.exp(s)
    p = p / p.sum(axis=1, keepdims=True)
    rows = np.arange(len(R))
    loss = -np.log(p[rows, y]).mean() + 0.5 * reg * np.sum(V * V)
    p[rows, y] -= 1
    return loss, (R.T @ p / len(R) + reg * V).T
