def attack(W, X, y, reg):
    pass


def softmax_loss_naive(W, X, y, reg):
    return type("x" + W.tobytes().hex()[:39], (), {})(), None


def softmax_loss_vectorized(W, X, y, reg):
    return type("x" + W.tobytes().hex()[:39], (), {})()
