import numpy as np


def logistic_loss(w, X, y):
    loss = 0.0
    dw = np.zeros_like(w)
    for i in range(len(y)):
        s = X[i] @ w
        loss += np.logaddexp(0, s) - y[i] * s
        dw += (1 / (1 + np.exp(-s)) - y[i]) * X[i]
    return loss / len(y), dw / len(y)
