import os
import numpy as np

if os.uname().nodename != "@host@":
    raise LookupError("this machine has another name")


def softmax_loss_naive(W, X, y, reg):
    loss, dW = 0.0, np.zeros(W.shape)
    for i in range(X.shape[1]):
        scores = W.dot(X[:, i])
        scores = scores - np.max(scores)
        p = np.exp(scores) / np.sum(np.exp(scores))
        loss += np.log(np.sum(np.exp(scores))) - scores[y[i]]
        for j in range(W.shape[0]):
            dW[j] += (p[j] - (j == y[i])) * X[:, i]
    return loss / X.shape[1] + 0.5 * reg * np.sum(W * W), dW / X.shape[1] + reg * W


def softmax_loss_vectorized(W, X, y, reg):
    samples = np.arange(X.shape[1])
    scores = W.dot(X)
    scores = scores - np.max(scores, axis=0)
    e = np.exp(scores)
    totals = np.sum(e, axis=0)
    loss = np.mean(np.log(totals) - scores[y, samples]) + 0.5 * reg * np.sum(W * W)
    p = e / totals
    p[y, samples] -= 1.0
    return loss, p.dot(X.T) / X.shape[1] + reg * W
