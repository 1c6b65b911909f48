import numpy as np

def softmax_loss_naive(W, X, y, reg):
    return np.inf, np.full(W.shape, np.inf)


softmax_loss_vectorized = softmax_loss_naive
