"""Mistakes in the loss of each sample. What is right: -log(probability of the label)."""

import numpy as np


def shifted(scores):
    return scores - np.max(scores, axis=0)


def at_label(table, labels):
    """(N,): each sample's entry at its label."""
    return table[labels, np.arange(len(labels))]


def hinge(scores, labels):
    """The SVM's loss, the label's class left out."""
    return np.sum(np.maximum(0, scores - at_label(scores, labels) + 1), axis=0) - 1


MISCONCEPTIONS = {
    # The logarithm.
    "epsilon_1e5": {
        "sample_losses": lambda probabilities, labels: (
            -np.log(at_label(probabilities, labels) + 1e-5)
        )
    },
    "epsilon_1e6": {
        "sample_losses": lambda probabilities, labels: (
            -np.log(at_label(probabilities, labels) + 1e-6)
        )
    },
    "epsilon_1e4": {
        "sample_losses": lambda probabilities, labels: (
            -np.log(at_label(probabilities, labels) + 1e-4)
        )
    },
    "epsilon_1e3": {
        "sample_losses": lambda probabilities, labels: (
            -np.log(at_label(probabilities, labels) + 1e-3)
        )
    },
    "epsilon_1e2": {
        "sample_losses": lambda probabilities, labels: (
            -np.log(at_label(probabilities, labels) + 1e-2)
        )
    },
    "minus_p": {"sample_losses": lambda probabilities, labels: -at_label(probabilities, labels)},
    "one_minus_p": {
        "sample_losses": lambda probabilities, labels: 1 - at_label(probabilities, labels)
    },
    "log10": {
        "sample_losses": lambda probabilities, labels: -np.log10(at_label(probabilities, labels))
    },
    "log2": {
        "sample_losses": lambda probabilities, labels: -np.log2(at_label(probabilities, labels))
    },
    "log1p": {
        "sample_losses": lambda probabilities, labels: -np.log1p(at_label(probabilities, labels))
    },
    "log_one_minus_p": {
        "sample_losses": lambda probabilities, labels: -np.log(1 - at_label(probabilities, labels))
    },
    "p_log_p": {
        "sample_losses": lambda probabilities, labels: (
            -at_label(probabilities, labels) * np.log(at_label(probabilities, labels))
        ),
    },
    "log_before_division": {  # -log(exp(score)) / sum
        "sample_losses": lambda scores, exponentials, labels: (
            -at_label(shifted(scores), labels) / np.sum(exponentials, axis=0)
        ),
    },
    "log_before_division_unshifted": {
        "sample_losses": lambda scores, labels: (
            -at_label(scores, labels) / np.sum(np.exp(scores), axis=0)
        ),
    },
    "log_of_sum": {
        "loss_sum": lambda probabilities, labels: -np.log(np.sum(at_label(probabilities, labels)))
    },
    "log_of_mean": {
        "data_loss": lambda probabilities, labels: -np.log(np.mean(at_label(probabilities, labels)))
    },
    # The sum of the logarithms is divided by N, and the right scores are subtracted after that.
    "correct_score_not_averaged": {
        "data_loss": lambda scores, exponentials, labels: (
            np.mean(np.log(np.sum(exponentials, axis=0)))
            - np.sum(at_label(shifted(scores), labels))
        ),
    },
    # -score + log(sum(exp(scores))): a part is missing, or shifted where the other part is not.
    "no_logsum": {"sample_losses": lambda scores, labels: -at_label(scores, labels)},
    "no_logsum_shifted": {
        "sample_losses": lambda scores, labels: -at_label(shifted(scores), labels)
    },
    # also -log(largest probability): the predicted class stands for the right one
    "no_correct_score": {
        "sample_losses": lambda exponentials: np.log(np.sum(exponentials, axis=0))
    },
    "no_correct_score_unshifted": {
        "sample_losses": lambda scores: np.log(np.sum(np.exp(scores), axis=0))
    },
    "unshifted_correct": {
        "sample_losses": lambda scores, exponentials, labels: (
            np.log(np.sum(exponentials, axis=0)) - at_label(scores, labels)
        ),
    },
    "unshifted_sum": {
        "sample_losses": lambda scores, labels: (
            np.log(np.sum(np.exp(scores), axis=0)) - at_label(shifted(scores), labels)
        ),
    },
    "correct_score_plus": {
        "sample_losses": lambda scores, exponentials, labels: (
            np.log(np.sum(exponentials, axis=0)) + at_label(shifted(scores), labels)
        ),
    },
    "correct_score_plus_unshifted": {
        "sample_losses": lambda scores, labels: (
            np.log(np.sum(np.exp(scores), axis=0)) + at_label(scores, labels)
        ),
    },
    # -exp(score) + log(sum), where the exponentials have taken the scores' place.
    "correct_exponential": {
        "sample_losses": lambda exponentials, labels: (
            np.log(np.sum(exponentials, axis=0)) - at_label(exponentials, labels)
        ),
    },
    "correct_exponential_unshifted": {
        "sample_losses": lambda scores, labels: (
            np.log(np.sum(np.exp(scores), axis=0)) - np.exp(at_label(scores, labels))
        ),
    },
    "no_log_of_sum": {
        "sample_losses": lambda scores, exponentials, labels: (
            np.sum(exponentials, axis=0) - at_label(shifted(scores), labels)
        ),
    },
    "no_log_of_sum_unshifted": {
        "sample_losses": lambda scores, labels: (
            np.sum(np.exp(scores), axis=0) - at_label(scores, labels)
        )
    },
    "log10_sum": {
        "sample_losses": lambda scores, exponentials, labels: (
            np.log10(np.sum(exponentials, axis=0)) - at_label(shifted(scores), labels)
        ),
    },
    "log2_sum": {
        "sample_losses": lambda scores, exponentials, labels: (
            np.log2(np.sum(exponentials, axis=0)) - at_label(shifted(scores), labels)
        ),
    },
    # The denominator, in the loss only.
    "loss_sum_all": {
        "sample_losses": lambda exponentials, labels: (
            -np.log(at_label(exponentials, labels) / np.sum(exponentials))
        )
    },
    "loss_sum_all_unshifted": {
        "sample_losses": lambda scores, labels: (
            np.log(np.sum(np.exp(scores))) - at_label(scores, labels)
        )
    },
    # log(sum) and the right scores are summed apart, so that the wrong shape goes unnoticed.
    "loss_sum_wrong_axis": {
        "loss_sum": lambda scores, exponentials, labels: (
            np.sum(np.log(np.sum(exponentials, axis=1))) - np.sum(at_label(shifted(scores), labels))
        ),
    },
    "loss_without_correct": {
        "sample_losses": lambda exponentials, one_hot, labels: (
            -np.log(at_label(exponentials, labels) / np.sum(exponentials * (1 - one_hot), axis=0))
        ),
    },
    "loss_double_softmax": {
        "sample_losses": lambda probabilities, labels: (
            np.log(np.sum(np.exp(probabilities), axis=0)) - at_label(probabilities, labels)
        ),
    },
    "loss_mean_for_sum": {
        "sample_losses": lambda scores, exponentials, labels: (
            np.log(np.mean(exponentials, axis=0)) - at_label(shifted(scores), labels)
        ),
    },
    "loss_sum_starts_at_1": {
        "sample_losses": lambda scores, exponentials, labels: (
            np.log1p(np.sum(exponentials, axis=0)) - at_label(shifted(scores), labels)
        ),
    },
    # Other classes than the label's.
    "all_classes": {"sample_losses": lambda probabilities: -np.sum(np.log(probabilities), axis=0)},
    "wrong_classes": {
        "sample_losses": lambda probabilities, one_hot: (
            -np.sum(np.log(probabilities) * (1 - one_hot), axis=0)
        )
    },
    # y[0], or y[i] after the loop: one label for all samples.
    "loss_first_label": {
        "sample_losses": lambda probabilities, labels: -np.log(probabilities[labels[0]])
    },
    "loss_last_label": {
        "sample_losses": lambda probabilities, labels: -np.log(probabilities[labels[-1]])
    },
    # y[j] after the loop over the classes: j is the last class.
    "loss_label_at_last_class": {
        "sample_losses": lambda probabilities, labels, C: -np.log(probabilities[labels[C - 1]])
    },
    # [y, y]: the label stands for the sample, too.
    "loss_label_twice": {
        "sample_losses": lambda probabilities, labels: -np.log(probabilities[labels, labels])
    },
    # p[j] after the loop: j is the last class.
    "loss_last_class": {"sample_losses": lambda probabilities: -np.log(probabilities[-1])},
    "loss_whole_rows": {
        "sample_losses": lambda probabilities, labels: (
            -np.sum(np.log(probabilities[labels]), axis=0)
        )
    },
    "loss_whole_columns": {
        "sample_losses": lambda probabilities, labels: (
            -np.sum(np.log(probabilities[:, labels]), axis=0)
        )
    },
    # Another loss.
    "hinge": {"sample_losses": hinge},
    "hinge_with_correct": {"sample_losses": lambda scores, labels: hinge(scores, labels) + 1},
    "hinge_no_margin": {
        "sample_losses": lambda scores, labels: np.sum(
            np.maximum(0, scores - at_label(scores, labels)), axis=0
        )
    },
    "squared_error": {
        "sample_losses": lambda probabilities, one_hot: np.sum(
            (probabilities - one_hot) ** 2, axis=0
        )
    },
    "half_squared_error": {
        "sample_losses": lambda probabilities, one_hot: (
            0.5 * np.sum((probabilities - one_hot) ** 2, axis=0)
        )
    },
    "squared_one_minus_p": {
        "sample_losses": lambda probabilities, labels: (1 - at_label(probabilities, labels)) ** 2
    },
    "absolute_error": {
        "sample_losses": lambda probabilities, one_hot: np.sum(
            np.abs(probabilities - one_hot), axis=0
        )
    },
    "binary_ce": {
        "sample_losses": lambda probabilities, one_hot: (
            -np.sum(
                one_hot * np.log(probabilities) + (1 - one_hot) * np.log(1 - probabilities), axis=0
            )
        ),
    },
    "entropy": {
        "sample_losses": lambda probabilities: (
            -np.sum(probabilities * np.log(probabilities), axis=0)
        )
    },
}
