import numpy as np


def logistic_loss(w, X, y):
    s = X @ w
    loss = np.mean(np.log(1 + np.exp(s)) - y * s)
    p = 1 / (1 + np.exp(-s))
    return loss, (p - y) @ X / len(y)
