import numpy as np

# Name -> N, P, Q, M, C.
SIZES = {"small": (5, 2, 3, 4, 3), "wide": (3, 2, 2, 6, 5)}


def cases(random):
    """Without any care for the kinks of the ReLU."""
    normal = random.standard_normal
    return {
        name: {
            "x": normal((N, P, Q)),
            "w": normal((P * Q, M)),
            "b": normal(M),
            "dout": normal((N, M)),
            "X": normal((N, P * Q)),
            "W2": normal((M, C)),
            "b2": normal(C),
            "y": random.permutation(np.arange(N) % C),
        }
        for name, (N, P, Q, M, C) in SIZES.items()
    }
