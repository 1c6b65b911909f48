"""Mistakes in logistic regression: id -> the stages that a student with it computes instead.

The more common ones come first: where two explain the same numbers, they are told in this order.
"""

import numpy as np

MISCONCEPTIONS = {
    # The average.
    "loss_not_averaged": {"loss": lambda loss_sum: loss_sum},
    "dw_not_averaged": {"dw": lambda dw_sum: dw_sum},
    "loss_over_features": {"loss": lambda loss_sum, D: loss_sum / D},
    "dw_over_features": {"dw": lambda dw_sum, D: dw_sum / D},
    "dw_last_only": {"dw_sum": lambda dscores, X: X[-1] * dscores[-1]},
    # The loss.
    "loss_sign": {"loss_sum": lambda sample_losses: -np.sum(sample_losses)},
    "only_ones_count": {"sample_losses": lambda softplus, scores, y: y * (softplus - scores)},
    "labels_plus_minus": {
        "sample_losses": lambda scores, y: np.log1p(np.exp(-y * scores)),
    },
    "base_2": {"loss": lambda loss_sum, N: loss_sum / N / np.log(2)},
    "squared_error": {"sample_losses": lambda probabilities, y: (probabilities - y) ** 2},
    # The gradient.
    "dw_sign": {"dscores": lambda probabilities, y: y - probabilities},
    "dw_without_labels": {"dscores": lambda probabilities: probabilities},
    "dw_of_squared_error": {
        "dscores": lambda probabilities, y: (
            2 * (probabilities - y) * probabilities * (1 - probabilities)
        ),
    },
    "dw_sigmoid_twice": {
        "dscores": lambda probabilities, y: (
            (probabilities - y) * probabilities * (1 - probabilities)
        )
    },
    "dw_of_scores": {"dscores": lambda scores, y: scores - y},
    "dw_zero": {"dw": lambda w: 0 * w},
    # Both.
    "scores_turned": {
        "probabilities": lambda scores: 0.5 * (1 - np.tanh(scores / 2)),
        "sample_losses": lambda softplus, scores, y: softplus + (y - 1) * scores,
    },
    # Right where the scores are small.
    "overflows": {"softplus": lambda scores: np.log(1 + np.exp(scores))},
}
