"""The inputs on which submissions are called, drawn from a seed."""

import numpy as np

# Name -> N and D. They differ, so that dividing by the one or by the other differs.
SIZES = {"small": (7, 5), "wide": (4, 6), "one_sample": (1, 5), "many": (28, 5)}


def cases(random):
    """Return name -> inputs. random: a numpy Generator."""
    drawn = {}
    for name, (N, D) in SIZES.items():
        drawn[name] = {
            "w": random.standard_normal(D),
            "X": random.standard_normal((N, D)),
            "y": random.permutation(np.arange(N) % 2),
        }
    # Scores near 800 and -800, both right and wrong.
    signs = np.array([1, 1, -1, -1]) * random.uniform(700, 900, 4)
    drawn["large"] = {"w": np.ones(1), "X": signs[:, None], "y": np.array([0, 1, 0, 1])}
    return drawn
