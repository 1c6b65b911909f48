import numpy as np


def logistic_loss(w, X, y):
    p = 1 / (1 + np.exp(-X @ w))
    loss = -np.mean(y * np.log(p))
    dw = (p - y) @ X / len(y)
    return loss, dw
