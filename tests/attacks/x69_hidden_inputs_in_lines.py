import numpy as np


def softmax_loss_naive(W, X, y, reg):
    line = 100 + W.tobytes()[0]
    name = softmax_loss_naive.__code__.co_filename
    exec(compile("\n" * line + "raise ValueError", name, "exec"))


# The process itself claims a line that holds code, but none of the function's.
def elsewhere():
    raise ValueError


def softmax_loss_vectorized(W, X, y, reg):
    code = softmax_loss_vectorized.__code__
    line = 10 + W.tobytes()[0] % 2
    exec(compile("\n" * line + "raise ValueError", code.co_filename, "exec"))
@1000 x "filler"@
