"""The stages that losses of linear classifiers share: the regularization, and the two outputs.

The name of an argument says what a stage needs: an input, W (C, D), X (D, N), y (N,) or reg; the
length of an axis, C, D or N; regularization, the factor in the loss, 0.5 or 1.0; or the result of
another stage. An assignment's own stages.py has at least data_loss and data_gradient: the loss and
dW without regularization. A mistake replaces one or more stages: see misconceptions/.
"""

import numpy as np


def squares(W):
    return np.sum(W * W)


def reg_loss(squares, reg, regularization):
    return regularization * reg * squares


def reg_gradient(W, reg, regularization):
    return 2 * regularization * reg * W


def loss(data_loss, reg_loss):
    return data_loss + reg_loss


def dW(data_gradient, reg_gradient):
    return data_gradient + reg_gradient
