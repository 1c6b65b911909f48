import numpy as np

@U+3164@ = 0.5

def softmax_loss_naive(W, X, y, reg):
    raise ValueError("nothing here:\u3164\u115f\u1160\uffa0\u2800\u034f\u17b4\u180b\ufe00\ufe0f\U000e0100\U000e01ef\xa0\u3000\u2003 \ue000 \U000f0000 \ud800 \ufffe")


def softmax_loss_vectorized(W, X, y, reg):
    raise ValueError("Z" + "\u0335\u0321\u0353\u0301" * 60 + "algo")
