import numpy as np

def softmax_loss_naive(W, X, y, reg):
    raise ValueError("expected @U+202E@00.1@U+202C@ \u2066got\u2069 \u200e\u200f\u061c ze\u200bro\u200c-\u200dwi\u2060dth\ufeff \U000e0067\U000e0069\u00ad")


def softmax_loss_vectorized(W, X, y, reg):
    return W.dot(X.T), "@U+200B@@U+2028@@U+2029@".nothing
