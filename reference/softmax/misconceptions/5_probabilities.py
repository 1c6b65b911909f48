"""Mistakes in scores, exponentials and probabilities, which the loss and dW share."""

import numpy as np


def shifted(scores):
    return scores - np.max(scores, axis=0)


def softmax(scores):
    return np.exp(shifted(scores)) / np.sum(np.exp(shifted(scores)), axis=0)


MISCONCEPTIONS = {
    # The denominator.
    "p_sum_all": {"probabilities": lambda exponentials: exponentials / np.sum(exponentials)},
    "p_sum_all_globalmax": {
        "probabilities": lambda scores: np.exp(scores) / np.sum(np.exp(scores))
    },
    "p_sum_wrong_axis": {
        "probabilities": lambda exponentials: (
            exponentials / np.sum(exponentials, axis=1, keepdims=True)
        )
    },
    "p_wrong_axis": {
        "probabilities": lambda scores: (
            np.exp(scores) / np.sum(np.exp(scores), axis=1, keepdims=True)
        )
    },
    "p_no_sum": {"probabilities": lambda exponentials: exponentials},
    "p_no_sum_unshifted": {"probabilities": lambda scores: np.exp(scores)},
    "p_sum_not_reset": {
        "probabilities": lambda exponentials: exponentials / np.cumsum(np.sum(exponentials, axis=0))
    },
    "p_sum_not_reset_unshifted": {
        "probabilities": lambda scores: np.exp(scores) / np.cumsum(np.sum(np.exp(scores), axis=0))
    },
    "p_without_correct": {
        "probabilities": lambda exponentials, one_hot: (
            exponentials / np.sum(exponentials * (1 - one_hot), axis=0)
        )
    },
    "p_mean": {"probabilities": lambda exponentials: exponentials / np.mean(exponentials, axis=0)},
    "p_sum_no_exp": {"probabilities": lambda scores: np.exp(scores) / np.sum(scores, axis=0)},
    "p_sum_no_exp_shifted": {
        "probabilities": lambda scores, exponentials: exponentials / np.sum(shifted(scores), axis=0)
    },
    "p_times_sum": {
        "probabilities": lambda exponentials: exponentials * np.sum(exponentials, axis=0)
    },
    "p_sum_starts_at_1": {
        "probabilities": lambda exponentials: exponentials / (1 + np.sum(exponentials, axis=0))
    },
    # Fits where N = C.
    "p_keepdims_missing": {
        "probabilities": lambda exponentials: exponentials / np.sum(exponentials, axis=0)[:, None]
    },
    "p_first_class_skipped": {
        "probabilities": lambda exponentials: exponentials / np.sum(exponentials[1:], axis=0)
    },
    "p_last_class_skipped": {
        "probabilities": lambda exponentials: exponentials / np.sum(exponentials[:-1], axis=0)
    },
    # The shift by the maximum.
    "shift_wrong_axis": {"scores": lambda W, X: W.dot(X) - np.max(W.dot(X), axis=1, keepdims=True)},
    "shift_divide": {"scores": lambda W, X: W.dot(X) / np.max(W.dot(X), axis=0)},
    "shift_numerator_only": {
        "probabilities": lambda scores: np.exp(shifted(scores)) / np.sum(np.exp(scores), axis=0)
    },
    "shift_denominator_only": {
        "probabilities": lambda scores: np.exp(scores) / np.sum(np.exp(shifted(scores)), axis=0)
    },
    # Fits where N = C.
    "shift_keepdims_missing": {"scores": lambda W, X: W.dot(X) - np.max(W.dot(X), axis=0)[:, None]},
    # The exponential.
    "p_no_exp": {"probabilities": lambda scores: scores / np.sum(scores, axis=0)},
    "p_no_exp_shifted": {
        "probabilities": lambda scores: shifted(scores) / np.sum(shifted(scores), axis=0)
    },
    "p_double_softmax": {"probabilities": lambda scores: softmax(softmax(scores))},
    "p_exp_twice": {"exponentials": lambda scores: np.exp(np.exp(shifted(scores)))},
    "p_softmin": {"exponentials": lambda scores: np.exp(-shifted(scores))},
    "p_sigmoid": {"probabilities": lambda scores: 1 / (1 + np.exp(-scores))},
    "p_base2": {"exponentials": lambda scores: 2 ** shifted(scores)},
    "p_base10": {"exponentials": lambda scores: 10 ** shifted(scores)},
    # The scores.
    "W_transposed_scores": {"scores": lambda W, X: W.T.dot(X)},
    "scores_zero": {"scores": lambda W, X: 0 * W.dot(X)},  # scores -= scores
    # X[:, 0] where X[:, i] was meant.
    "scores_first_sample": {"scores": lambda W, X, N: np.repeat(W.dot(X[:, :1]), N, axis=1)},
    "scores_relu": {"scores": lambda W, X: np.maximum(0, W.dot(X))},
    "scores_skip_bias": {"scores": lambda W, X: W[:, :-1].dot(X[:-1])},
    "scores_temperature": {"scores": lambda W, X, D: W.dot(X) / np.sqrt(D)},
}
