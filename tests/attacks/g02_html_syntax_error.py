import numpy as np

def softmax_loss_naive(W, X, y, reg):
    return <script>alert("1")</script>, "<img src=x onerror=alert(1)>


def softmax_loss_vectorized(W, X, y, reg):
    return softmax_loss_naive(W, X, y, reg)
