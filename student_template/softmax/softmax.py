"""Softmax classifier: the loss and its gradient, first with loops, then without."""

import numpy as np


def softmax_loss_naive(W, X, y, reg):
    """
    Softmax loss function, with explicit loops.

    There are C classes, N samples and D numbers in each sample.

    Inputs:
    - W: array of shape (C, D), the weights: one row for each class
    - X: array of shape (D, N), the data: one column for each sample
    - y: array of shape (N,), the labels: y[i] is the class of sample i, an integer from 0 to C - 1
    - reg: float, the strength of the regularization

    Returns a pair:
    - loss: a single float, the mean cross-entropy over the samples plus 0.5 * reg * sum(W * W)
    - dW: array of the same shape as W, the gradient of that loss with respect to W
    """
    # Start from zero and add what each sample contributes.
    loss = 0.0
    dW = np.zeros(W.shape)

    # TODO: compute the loss and the gradient with loops over the samples and the classes.
    # Large scores make np.exp overflow: what may you subtract from the scores of one sample?
    # Do not forget the regularization, in the loss and in the gradient.
    raise NotImplementedError("write softmax_loss_naive here, and remove this line")

    return loss, dW


def softmax_loss_vectorized(W, X, y, reg):
    """
    Softmax loss function, without loops.

    Inputs and outputs are the same as for softmax_loss_naive.
    """
    loss = 0.0
    dW = np.zeros(W.shape)

    # TODO: compute the same loss and gradient with array operations, without a Python loop.
    raise NotImplementedError("write softmax_loss_vectorized here, and remove this line")

    return loss, dW
