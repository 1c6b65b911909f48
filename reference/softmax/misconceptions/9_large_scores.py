"""Mistakes that ordinary inputs do not show: right there, and wrong on large scores.

The diagnosis never names them: the question about large scores fails and says so itself. They are
here so that verifying the assignment shows that this question works.
"""

import numpy as np

MISCONCEPTIONS = {
    "no_shift": {"exponentials": lambda scores: np.exp(scores)},
    # One maximum for all samples.
    "shift_by_global_maximum": {"exponentials": lambda scores: np.exp(scores - np.max(scores))},
}
