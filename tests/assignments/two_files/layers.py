"""Layers: the first file of the reference."""

import numpy as np


def affine_forward(x, w, b):
    return x @ w + b


def relu_forward(x):
    return np.maximum(x, 0)
