from typing import NamedTuple

import numpy as np


class Result(NamedTuple):
    loss: float
    gradient: np.ndarray


def softmax_loss_naive(W: np.ndarray, X: np.ndarray, y: np.ndarray, reg: float) -> Result:
    loss, gradient, samples = 0.0, np.zeros_like(W), X.shape[1]
    for x, label in zip(X.T, y):
        scores: np.ndarray = W @ x
        scores = scores - scores.max()
        p = np.exp(scores) / np.exp(scores).sum()
        loss -= float(np.log(p[label]))
        p[label] -= 1.0
        for row, share in zip(gradient, p):
            row += share * x
    return Result(loss / samples + 0.5 * reg * float((W**2).sum()), gradient / samples + reg * W)


def softmax_loss_vectorized(W: np.ndarray, X: np.ndarray, y: np.ndarray, reg: float) -> Result:
    samples = X.shape[1]
    scores = W @ X
    scores = scores - scores.max(axis=0)
    p = np.exp(scores) / np.exp(scores).sum(axis=0)
    loss = -float(np.log(p[y, np.arange(samples)]).mean())
    p[y, np.arange(samples)] -= 1.0
    return Result(loss + 0.5 * reg * float((W**2).sum()), p @ X.T / samples + reg * W)
