import ctypes
import numpy as np

def softmax_loss_naive(W, X, y, reg):
    first = ctypes.c_double.from_address(8)   # "pointer" to the weights
    return first.value, W

def softmax_loss_vectorized(W, X, y, reg):
    N = X.shape[1]
    f = W @ X
    f = f - f.max(axis=0)
    P = np.exp(f) / np.exp(f).sum(axis=0)
    loss = -np.log(P[y, np.arange(N)]).mean() + reg / 2 * (W ** 2).sum()
    P[y, np.arange(N)] -= 1
    return loss, P @ X.T / N + reg * W
