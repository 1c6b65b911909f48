"""Mistakes in summing over the samples and in averaging, in the loss, in dW or in both."""

import numpy as np


def divided_each_time(terms, N):
    """The result of a running sum that is divided by N after every term."""
    total = 0.0
    for term in terms:
        total = (total + term) / N
    return total


MISCONCEPTIONS = {
    "loss_no_N": {"data_loss": lambda loss_sum: loss_sum},
    "grad_no_N": {"data_gradient": lambda outer: outer},
    "loss_last_only": {"loss_sum": lambda sample_losses: sample_losses[-1]},  # = instead of +=
    "grad_last_only": {"outer": lambda dscores, X: np.outer(dscores[:, -1], X[:, -1])},
    "loss_N_twice": {"data_loss": lambda loss_sum, X: loss_sum / X.shape[1] ** 2},
    "grad_N_twice": {"data_gradient": lambda outer, X: outer / X.shape[1] ** 2},
    "loss_div_D": {"data_loss": lambda loss_sum, X: loss_sum / X.shape[0]},
    "grad_div_D": {"data_gradient": lambda outer, X: outer / X.shape[0]},
    "loss_div_C": {"data_loss": lambda loss_sum, W: loss_sum / W.shape[0]},
    "grad_div_C": {"data_gradient": lambda outer, W: outer / W.shape[0]},
    # np.mean of a C x N array.
    "loss_div_NC": {"data_loss": lambda loss_sum, W, X: loss_sum / (X.shape[1] * W.shape[0])},
    "grad_div_NC": {"data_gradient": lambda outer, W, X: outer / (X.shape[1] * W.shape[0])},
    "loss_sign": {"loss_sum": lambda sample_losses: -np.sum(sample_losses)},
    # loss /= N + ..., dW /= N + ...: the division takes the regularization with it.
    "loss_precedence": {
        "data_loss": lambda loss_sum, squares, X, reg, regularization: (
            loss_sum / (X.shape[1] + regularization * reg * squares)
        ),
        "reg_loss": lambda: 0.0,
    },
    "grad_precedence": {
        "data_gradient": lambda outer, W, X, reg, regularization: (
            outer / (X.shape[1] + 2 * regularization * reg * W)
        ),
        "reg_gradient": lambda W: 0 * W,
    },
    "loss_only_reg": {"data_loss": lambda: 0.0},  # loss = 0.5 * reg * ..., where += was meant
    # 0.5 * (all of it).
    "loss_half": {"data_loss": lambda loss_sum, X: 0.5 * loss_sum / X.shape[1]},
    "grad_twice": {"data_gradient": lambda outer, X: 2 * outer / X.shape[1]},
    # All of the sample's dW, or of its loss, in the loop over classes.
    "grad_times_C": {"outer": lambda dscores, X: len(dscores) * dscores.dot(X.T)},
    "loss_each_class": {"loss_sum": lambda sample_losses, W: len(W) * np.sum(sample_losses)},
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
        "loss_sum": lambda sample_losses, X: np.sum(sample_losses[np.arange(X.shape[0])]),
        "data_loss": lambda loss_sum, X: loss_sum / X.shape[0],
        "outer": lambda dscores, X: dscores[:, np.arange(X.shape[0])].dot(
            X[:, np.arange(X.shape[0])].T
        ),
        "data_gradient": lambda outer, X: outer / X.shape[0],
    },
    # Lines that belong after the loop over samples are inside it.
    "loss_divided_in_loop": {
        "data_loss": lambda sample_losses, X: divided_each_time(sample_losses, X.shape[1])
    },
    "grad_divided_in_loop": {
        "data_gradient": lambda dscores, X: divided_each_time(
            [np.outer(p, x) for p, x in zip(dscores.T, X.T, strict=True)], X.shape[1]
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
