"""Mistakes in the regularization's part of dW. What is right: 2 * regularization * reg * W."""

import numpy as np


def without_row(W, row):
    rest = W.copy()
    rest[row] = 0
    return rest


def without_column(W, column):
    return without_row(W.T, column).T


MISCONCEPTIONS = {
    # The factor. Each of the first two is right in one regularization and wrong in the other.
    "rg_no_two": {"reg_gradient": lambda W, reg: reg * W},
    "rg_double": {"reg_gradient": lambda W, reg: 2 * reg * W},
    "rg_missing": {"reg_gradient": lambda W: 0 * W},
    "rg_half": {"reg_gradient": lambda W, reg: 0.5 * reg * W},
    "rg_quadruple": {"reg_gradient": lambda W, reg: 4 * reg * W},  # 2 * reg * W, added twice
    "rg_over_N": {
        "reg_gradient": lambda W, reg, regularization, N: 2 * regularization * reg * W / N
    },
    # 1.5 - regularization is the factor of the other regularization.
    "rg_double_over_N": {
        "reg_gradient": lambda W, reg, regularization, N: 2 * (1.5 - regularization) * reg * W / N
    },
    "rg_times_N": {
        "reg_gradient": lambda W, reg, regularization, N: 2 * regularization * reg * W * N
    },
    "rg_minus": {"reg_gradient": lambda W, reg, regularization: -2 * regularization * reg * W},
    "rg_no_reg": {"reg_gradient": lambda W: W},
    "rg_no_reg_double": {"reg_gradient": lambda W: 2 * W},
    # The same before the average is taken.
    "rg_no_reg_over_N": {"reg_gradient": lambda W, N: W / N},
    "rg_no_reg_double_over_N": {"reg_gradient": lambda W, N: 2 * W / N},
    # Inside the loop over classes, all of W each time: C times too much after averaging, N * C
    # times without it.
    "rg_times_C": {
        "reg_gradient": lambda W, reg, regularization, C: 2 * regularization * reg * W * C
    },
    "rg_times_NC": {
        "reg_gradient": lambda W, reg, regularization, C, N: 2 * regularization * reg * W * C * N
    },
    # The array that is multiplied by reg.
    "rg_scalar": {
        "reg_gradient": lambda W, reg, regularization: np.full(
            W.shape, regularization * reg * np.sum(W * W)
        )
    },
    "rg_scalar_double": {
        "reg_gradient": lambda W, reg, regularization: np.full(
            W.shape, 2 * regularization * reg * np.sum(W * W)
        )
    },
    "rg_only_reg": {"reg_gradient": lambda W, reg: np.full(W.shape, reg)},
    "rg_only_half_reg": {"reg_gradient": lambda W, reg: np.full(W.shape, 0.5 * reg)},
    "rg_sum": {
        "reg_gradient": lambda W, reg, regularization: np.full(
            W.shape, 2 * regularization * reg * np.sum(W)
        )
    },
    "rg_sign": {"reg_gradient": lambda W, reg: reg * np.sign(W)},
    "rg_square": {"reg_gradient": lambda W, reg, regularization: 2 * regularization * reg * W * W},
    # The loss's term, not summed.
    "rg_half_square": {"reg_gradient": lambda W, reg, regularization: regularization * reg * W * W},
    "rg_abs": {"reg_gradient": lambda W, reg, regularization: 2 * regularization * reg * np.abs(W)},
    "rg_of_dW": {
        "reg_gradient": lambda data_gradient, reg, regularization: (
            2 * regularization * reg * data_gradient
        )
    },
    "rg_unit": {
        "reg_gradient": lambda W, reg, regularization: (
            2 * regularization * reg * W / np.linalg.norm(W)
        )
    },
    # The weights that belong to a bias are left out: a column of W (a feature), or a row if
    # features and classes are mixed up.
    "rg_skip_bias": {
        "reg_gradient": lambda W, reg, regularization: (
            2 * regularization * reg * without_column(W, -1)
        )
    },
    "rg_skip_first": {
        "reg_gradient": lambda W, reg, regularization: (
            2 * regularization * reg * without_column(W, 0)
        )
    },
    "rg_skip_last_class": {
        "reg_gradient": lambda W, reg, regularization: 2 * regularization * reg * without_row(W, -1)
    },
    "rg_skip_first_class": {
        "reg_gradient": lambda W, reg, regularization: 2 * regularization * reg * without_row(W, 0)
    },
}
