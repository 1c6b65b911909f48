"""Mistakes in summing over the samples and in averaging, in the loss, in dW or in both."""

import numpy as np


def divided_each_time(terms, N):
    """The result of a running sum that is divided by N after every term."""
    total = 0.0
    for term in terms:
        total = (total + term) / N
    return total


MISCONCEPTIONS = {
    # Sums in place of averages, in the loss and in its slope: one idea, and not two mistakes.
    "no_average": {
        "data_loss": lambda loss_sum: loss_sum,
        "data_gradient": lambda outer: outer,
    },
    "loss_no_N": {"data_loss": lambda loss_sum: loss_sum},
    "grad_no_N": {"data_gradient": lambda outer: outer},
    "loss_last_only": {"loss_sum": lambda sample_losses: sample_losses[-1]},  # = instead of +=
    "loss_last_only_negated": {"loss_sum": lambda sample_losses: -sample_losses[-1]},  # for -=
    "loss_largest_only": {"loss_sum": lambda sample_losses: np.max(sample_losses)},
    "grad_last_only": {"outer": lambda dscores, X: np.outer(dscores[:, -1], X[:, -1])},
    "loss_N_twice": {"data_loss": lambda loss_sum, N: loss_sum / N**2},
    "grad_N_twice": {"data_gradient": lambda outer, N: outer / N**2},
    "loss_div_D": {"data_loss": lambda loss_sum, D: loss_sum / D},
    "grad_div_D": {"data_gradient": lambda outer, D: outer / D},
    "loss_div_C": {"data_loss": lambda loss_sum, C: loss_sum / C},
    "grad_div_C": {"data_gradient": lambda outer, C: outer / C},
    # np.mean of a C x N array.
    "loss_div_NC": {"data_loss": lambda loss_sum, C, N: loss_sum / (N * C)},
    "grad_div_NC": {"data_gradient": lambda outer, C, N: outer / (N * C)},
    "loss_sign": {"loss_sum": lambda sample_losses: -np.sum(sample_losses)},
    # loss /= N + ..., dW /= N + ...: the division takes the regularization with it.
    "loss_precedence": {
        "data_loss": lambda loss_sum, squares, reg, regularization, N: (
            loss_sum / (N + regularization * reg * squares)
        ),
        "reg_loss": lambda: 0.0,
    },
    "grad_precedence": {
        "data_gradient": lambda outer, W, reg, regularization, N: (
            outer / (N + 2 * regularization * reg * W)
        ),
        "reg_gradient": lambda W: 0 * W,
    },
    "loss_only_reg": {"data_loss": lambda: 0.0},  # loss = 0.5 * reg * ..., where += was meant
    # 0.5 * (all of it).
    "loss_half": {"data_loss": lambda loss_sum, N: 0.5 * loss_sum / N},
    "grad_twice": {"data_gradient": lambda outer, N: 2 * outer / N},
    # All of the sample's dW, or of its loss, in the loop over classes.
    "grad_times_C": {"outer": lambda dscores, X: len(dscores) * dscores.dot(X.T)},
    "loss_each_class": {"loss_sum": lambda sample_losses, C: C * np.sum(sample_losses)},
    # The loop over samples ends too early, starts too late, or goes over something else.
    "last_sample_skipped": {
        "loss_sum": lambda sample_losses: np.sum(sample_losses[:-1]),
        "outer": lambda dscores, X: dscores[:, :-1].dot(X[:, :-1].T),
    },
    "loss_last_skipped": {"loss_sum": lambda sample_losses: np.sum(sample_losses[:-1])},
    "grad_last_skipped": {"outer": lambda dscores, X: dscores[:, :-1].dot(X[:, :-1].T)},
    "first_sample_skipped": {
        "loss_sum": lambda sample_losses: np.sum(sample_losses[1:]),
        "outer": lambda dscores, X: dscores[:, 1:].dot(X[:, 1:].T),
    },
    "loss_first_skipped": {"loss_sum": lambda sample_losses: np.sum(sample_losses[1:])},
    "grad_first_skipped": {"outer": lambda dscores, X: dscores[:, 1:].dot(X[:, 1:].T)},
    "samples_are_rows": {  # N = X.shape[0], in the loop and in the average
        "loss_sum": lambda sample_losses, D: np.sum(sample_losses[np.arange(D)]),
        "data_loss": lambda loss_sum, D: loss_sum / D,
        "outer": lambda dscores, X, D: dscores[:, np.arange(D)].dot(X[:, np.arange(D)].T),
        "data_gradient": lambda outer, D: outer / D,
    },
    # range(C) and range(D) in the loop alone.
    "samples_up_to_C": {
        "loss_sum": lambda sample_losses, C: np.sum(sample_losses[np.arange(C)]),
        "outer": lambda dscores, X, C: dscores[:, np.arange(C)].dot(X[:, np.arange(C)].T),
    },
    "samples_up_to_D": {
        "loss_sum": lambda sample_losses, D: np.sum(sample_losses[np.arange(D)]),
        "outer": lambda dscores, X, D: dscores[:, np.arange(D)].dot(X[:, np.arange(D)].T),
    },
    # Lines that belong after the loop over samples are inside it.
    "loss_divided_in_loop": {
        "data_loss": lambda sample_losses, N: divided_each_time(sample_losses, N)
    },
    "grad_divided_in_loop": {
        "data_gradient": lambda dscores, X, N: divided_each_time(
            [np.outer(p, x) for p, x in zip(dscores.T, X.T, strict=True)], N
        ),
    },
    "returns_in_loop": {
        "data_loss": lambda sample_losses: sample_losses[0],
        "reg_loss": lambda: 0.0,
        "data_gradient": lambda dscores, X: np.outer(dscores[:, 0], X[:, 0]),
        "reg_gradient": lambda W: 0 * W,
    },
    # Averaging, regularization and return: only the first sample is seen.
    "all_in_loop": {
        "loss_sum": lambda sample_losses: sample_losses[0],
        "outer": lambda dscores, X: np.outer(dscores[:, 0], X[:, 0]),
    },
}
