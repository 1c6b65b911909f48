import numpy as np

SIZES = {"small": (7, 5, 3), "wide": (4, 6, 5)}  # name -> N, D, C


def cases(random):
    return {
        name: {
            "W": 0.3 * random.standard_normal((C, D)),
            "X": random.standard_normal((D, N)),
            "y": random.permutation(np.arange(N) % C),
            "class_weights": random.uniform(0.5, 2, C),
        }
        for name, (N, D, C) in SIZES.items()
    }
