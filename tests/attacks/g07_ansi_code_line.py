import numpy as np

def softmax_loss_naive(W, X, y, reg):
    return 1 / 0  # @U+001B@[2J@U+001B@]0;owned@U+0007@ @U+009B@31m @U+0008@@U+0008@@U+007F@


def softmax_loss_vectorized(W, X, y, reg):
    raise ValueError("@U+001B@[31mred@U+001B@[0m")
