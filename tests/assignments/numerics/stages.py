import numpy as np


def step(A):
    def one(vector):
        vector = A @ vector
        return vector / np.linalg.norm(vector)

    return one


def vector(step, start, steps):
    for _ in range(steps):
        start = step(start)
    return start


def value(vector, A):
    return vector @ A @ vector


def squares(test, train):
    return np.sum(test**2, axis=1)[:, None] + np.sum(train**2, axis=1) - 2 * test @ train.T


def distances(squares):
    return np.sqrt(np.maximum(squares, 0))
