import numpy as np

class Bomb:
    def __reduce__(self):
        return open, ("/tmp/attack-unpickled", "w")
    __copy__ = __deepcopy__ = __getstate__ = lambda self, *a: open("/tmp/attack-unpickled", "w")

def softmax_loss_naive(W, X, y, reg):
    return Bomb(), np.array([Bomb()] * W.size, dtype=object).reshape(W.shape)


def softmax_loss_vectorized(W, X, y, reg):
    return Bomb(), Bomb()
