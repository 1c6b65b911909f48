"""Mistakes in the slope of the loss in the scores.

What is right: dscores = probabilities - one_hot, (C, N).
"""

import numpy as np


def shifted(scores):
    return scores - np.max(scores, axis=0)


def softmax(scores):
    return np.exp(shifted(scores)) / np.sum(np.exp(shifted(scores)), axis=0)


def at_label(table, labels):
    """(N,): each sample's entry at its label."""
    return table[labels, np.arange(len(labels))]


def hinge_slope(scores, one_hot, labels):
    """The SVM's: 1 for each class within the margin, minus their number at the label's class."""
    within = (scores - at_label(scores, labels) + 1 > 0) * (1 - one_hot)
    return within - one_hot * np.sum(within, axis=0)


def only_columns(table, columns):
    """The table with zeros outside these columns."""
    result = np.zeros(table.shape)
    result[:, columns] = table[:, columns]
    return result


def subtract_one(probabilities, rows, columns):
    """probabilities[rows, columns] -= 1, in which numpy counts an entry that occurs twice once."""
    result = probabilities.copy()
    result[rows, columns] -= 1
    return result


MISCONCEPTIONS = {
    "dW_never_written": {
        "dscores": lambda probabilities: 0 * probabilities,
        "reg_gradient": lambda W: 0 * W,
    },
    "grad_zero": {"dscores": lambda probabilities: 0 * probabilities},
    "no_indicator": {"dscores": lambda probabilities: probabilities},
    "only_correct_row": {
        "dscores": lambda probabilities, one_hot: probabilities * one_hot - one_hot
    },
    # = -1, not -= 1.
    "indicator_assigned": {
        "dscores": lambda probabilities, one_hot: probabilities * (1 - one_hot) - one_hot
    },
    "grad_negated": {"dscores": lambda probabilities, one_hot: one_hot - probabilities},
    "indicator_plus": {"dscores": lambda probabilities, one_hot: probabilities + one_hot},
    "no_correct_row": {"dscores": lambda probabilities, one_hot: probabilities * (1 - one_hot)},
    "only_indicator": {"dscores": lambda one_hot: -one_hot},
    # 1 - p.
    "correct_row_negated": {
        "dscores": lambda probabilities, one_hot: probabilities * (1 - 2 * one_hot) + one_hot
    },
    "correct_row_minus_p": {
        "dscores": lambda probabilities, one_hot: probabilities * (1 - 2 * one_hot)
    },
    # The sum's sign is lost on the way back.
    "probability_negated": {"dscores": lambda probabilities, one_hot: -probabilities - one_hot},
    # 2 * p - 1: the loop over classes adds the probability, and the line for the right class adds
    # it once more.
    "correct_row_p_twice": {
        "dscores": lambda probabilities, one_hot: probabilities * (1 + one_hot) - one_hot
    },
    # Where the 1 is taken away.
    "indicator_twice": {"dscores": lambda probabilities, one_hot: probabilities - 2 * one_hot},
    # In the loop over classes.
    "indicator_each_class": {
        "dscores": lambda probabilities, one_hot: probabilities - len(one_hot) * one_hot
    },
    "indicator_each_wrong_class": {
        "dscores": lambda probabilities, one_hot: (
            probabilities * (1 - one_hot) - (len(one_hot) - 1) * one_hot
        )
    },
    "grad_times_p": {"dscores": lambda probabilities: probabilities - 1},
    # j != y[i].
    "indicator_wrong_class": {
        "dscores": lambda probabilities, one_hot: probabilities - (1 - one_hot)
    },
    "indicator_whole_rows": {
        "dscores": lambda probabilities, labels: subtract_one(probabilities, labels, slice(None))
    },
    "indicator_whole_columns": {
        "dscores": lambda probabilities, labels: subtract_one(probabilities, slice(None), labels)
    },
    "indicator_last_sample": {
        "dscores": lambda probabilities, one_hot: probabilities - only_columns(one_hot, [-1])
    },
    "indicator_first_sample": {
        "dscores": lambda probabilities, one_hot: probabilities - only_columns(one_hot, [0])
    },
    "indicator_argmax": {
        "dscores": lambda probabilities: (
            probabilities - (probabilities == np.max(probabilities, axis=0))
        )
    },
    "indicator_previous_class": {  # j == y[i] - 1, which no class is where y[i] is 0
        "dscores": lambda probabilities, labels: (
            probabilities - (np.arange(len(probabilities))[:, None] == labels - 1)
        ),
    },
    "indicator_first_label": {
        "dscores": lambda probabilities, labels: subtract_one(probabilities, labels[0], slice(None))
    },
    "indicator_last_label": {
        "dscores": lambda probabilities, labels: subtract_one(
            probabilities, labels[-1], slice(None)
        )
    },
    # j == i.
    "indicator_at_index": {
        "dscores": lambda probabilities: probabilities - np.eye(*probabilities.shape)
    },
    # Something that is true or not of a sample, or of a class: 1 for all classes, or all samples.
    "indicator_sample_is_label": {  # i == y[i]
        "one_hot": lambda scores, labels: (
            np.ones(scores.shape) * (labels == np.arange(len(labels)))
        ),
    },
    "indicator_label_of_class": {  # j == y[j]
        "one_hot": lambda scores, labels, C: (
            np.ones(scores.shape) * (labels[np.arange(C)] == np.arange(C))[:, None]
        ),
    },
    "indicator_label_at_last_class": {  # y[j] after the loop over the classes
        "dscores": lambda probabilities, labels, C: (
            probabilities - (np.arange(C) == labels[C - 1])[:, None]
        ),
    },
    "label_subtracted": {"dscores": lambda probabilities, labels: probabilities - labels},
    # Divided by N in between: one of the two terms is then not averaged, or twice.
    "indicator_times_N": {"dscores": lambda probabilities, one_hot, N: probabilities - N * one_hot},
    "indicator_over_N": {"dscores": lambda probabilities, one_hot, N: probabilities - one_hot / N},
    "p_times_N": {"dscores": lambda probabilities, one_hot, N: N * probabilities - one_hot},
    # Something else stands for the probability.
    "grad_times_sum": {
        "dscores": lambda exponentials, one_hot: (
            exponentials * np.sum(exponentials, axis=0) - one_hot
        )
    },
    "grad_sum_twice": {
        "dscores": lambda probabilities, exponentials, one_hot: (
            probabilities / np.sum(exponentials, axis=0) - one_hot
        )
    },
    "grad_exp": {"dscores": lambda exponentials, one_hot: exponentials - one_hot},
    "grad_exp_unshifted": {"dscores": lambda scores, one_hot: np.exp(scores) - one_hot},
    "grad_scores": {"dscores": lambda scores, one_hot: shifted(scores) - one_hot},
    "grad_raw_scores": {"dscores": lambda scores, one_hot: scores - one_hot},
    "grad_scores_no_indicator": {"dscores": lambda scores: scores},
    "grad_no_exp": {
        "dscores": lambda scores, exponentials, one_hot: (
            shifted(scores) / np.sum(exponentials, axis=0) - one_hot
        )
    },
    "grad_no_exp_unshifted": {
        "dscores": lambda scores, one_hot: scores / np.sum(np.exp(scores), axis=0) - one_hot
    },
    "grad_sum_all": {
        "dscores": lambda exponentials, one_hot: exponentials / np.sum(exponentials) - one_hot
    },
    "grad_sum_all_unshifted": {
        "dscores": lambda scores, one_hot: np.exp(scores) / np.sum(np.exp(scores)) - one_hot
    },
    "grad_sum_wrong_axis": {
        "dscores": lambda exponentials, one_hot: (
            exponentials / np.sum(exponentials, axis=1, keepdims=True) - one_hot
        ),
    },
    "grad_without_correct": {
        "dscores": lambda exponentials, one_hot: (
            exponentials / np.sum(exponentials * (1 - one_hot), axis=0) - one_hot
        ),
    },
    "grad_double_softmax": {
        "dscores": lambda probabilities, one_hot: softmax(probabilities) - one_hot
    },
    "grad_log_p": {"dscores": lambda probabilities, one_hot: np.log(probabilities) - one_hot},
    # A variable of a loop, used after it.
    "grad_p_of_last_sample": {
        "dscores": lambda probabilities, one_hot: probabilities[:, -1:] - one_hot
    },
    "grad_p_of_correct_class": {
        "dscores": lambda probabilities, one_hot, labels: at_label(probabilities, labels) - one_hot
    },
    # The chain rule stops half-way, or goes wrong on its way.
    "grad_squared_p": {
        "dscores": lambda probabilities, one_hot: probabilities * (one_hot - probabilities)
    },
    "grad_of_probability": {
        "dscores": lambda probabilities, one_hot, labels: (
            at_label(probabilities, labels) * (probabilities - one_hot)
        ),
    },
    "grad_wrt_probabilities": {"dscores": lambda probabilities, one_hot: -one_hot / probabilities},
    "backprop_without_exp": {
        "dscores": lambda probabilities, one_hot, exponentials: (
            (probabilities - one_hot) / exponentials
        )
    },
    # The loop over classes misses one, or its body comes after the loop.
    "grad_first_class_skipped": {
        "dscores": lambda probabilities, one_hot: (
            only_columns((probabilities - one_hot).T, slice(1, None)).T
        )
    },
    "grad_last_class_skipped": {
        "dscores": lambda probabilities, one_hot: (
            only_columns((probabilities - one_hot).T, slice(-1)).T
        )
    },
    "grad_last_class_only": {
        "dscores": lambda probabilities, one_hot: only_columns((probabilities - one_hot).T, [-1]).T
    },
    "p_first_class_missing": {
        "dscores": lambda probabilities, one_hot: (
            only_columns(probabilities.T, slice(1, None)).T - one_hot
        )
    },
    "p_last_class_missing": {
        "dscores": lambda probabilities, one_hot: (
            only_columns(probabilities.T, slice(-1)).T - one_hot
        )
    },
    "p_last_class_only": {
        "dscores": lambda probabilities, one_hot: only_columns(probabilities.T, [-1]).T - one_hot
    },
    # The SVM's.
    "grad_hinge": {"dscores": hinge_slope},
    "grad_hinge_no_margin": {"dscores": lambda one_hot: 1 - len(one_hot) * one_hot},
}
