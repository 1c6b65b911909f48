import numpy as np

def softmax_loss_naive(W, X, y, reg):
    raise SyntaxError("<img src=x onerror=alert(1)>", ("softmax.py", 4, 1, "<script>alert(1)</script>"))


def softmax_loss_vectorized(W, X, y, reg):
    raise SyntaxError("</dd><b>", ("<script>", 10**9, -1, "text"))
