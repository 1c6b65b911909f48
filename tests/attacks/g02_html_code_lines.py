import numpy as np

def softmax_loss_naive(W, X, y, reg):
    return 1 / 0  # </dd><img src=x onerror=alert(1)><a href="javascript:alert(1)" style="position:fixed">


def softmax_loss_vectorized(W, X, y, reg):
    return "<script>alert(1)</script><style>*{display:none}</style>"[1000], W
