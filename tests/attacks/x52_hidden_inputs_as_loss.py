import numpy as np

def softmax_loss_naive(W, X, y, reg):
    return X[0, 0], np.ones(W.shape)


def softmax_loss_vectorized(W, X, y, reg):
    return X[0, 0], np.ones(W.shape)
