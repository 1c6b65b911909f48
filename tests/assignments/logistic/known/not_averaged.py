import numpy as np


def logistic_loss(w, X, y):
    s = X @ w
    loss = np.mean(np.logaddexp(0, s) - y * s)
    p = 1 / (1 + np.exp(-s))
    dw = (p - y) @ X
    dw / len(y)
    return loss, dw
