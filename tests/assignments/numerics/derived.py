import numpy as np


def direction(vector):
    """The vector up to its sign: its largest entry is positive."""
    return vector * np.sign(vector[np.argmax(np.abs(vector))])
