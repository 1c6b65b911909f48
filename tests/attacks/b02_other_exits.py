def softmax_loss_naive(W, X, y, reg):
    raise KeyboardInterrupt


def softmax_loss_vectorized(W, X, y, reg):
    raise GeneratorExit
