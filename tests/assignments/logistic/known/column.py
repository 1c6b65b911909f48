import numpy as np


def logistic_loss(w, X, y):
    s = X @ w.reshape(-1, 1)
    y = y.reshape(-1, 1)
    loss = np.mean(np.logaddexp(0, s) - y * s)
    p = 1 / (1 + np.exp(-s))
    return loss, X.T @ (p - y) / len(y)
