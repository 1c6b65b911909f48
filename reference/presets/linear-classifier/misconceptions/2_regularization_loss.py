"""Mistakes in the regularization's part of the loss.

What is right: regularization * reg * squares, with squares = sum(W * W).
"""

import numpy as np

MISCONCEPTIONS = {
    # The factor. Each of the first two is right in one regularization and wrong in the other.
    "rl_no_half": {"reg_loss": lambda squares, reg: reg * squares},
    "rl_half": {"reg_loss": lambda squares, reg: 0.5 * reg * squares},
    "rl_missing": {"reg_loss": lambda: 0.0},
    "rl_over_N": {
        "reg_loss": lambda squares, reg, regularization, N: regularization * reg * squares / N
    },
    # 1.5 - regularization is the factor of the other regularization.
    "rl_half_over_N": {
        "reg_loss": lambda squares, reg, regularization, N: (
            (1.5 - regularization) * reg * squares / N
        )
    },
    "rl_times_N": {
        "reg_loss": lambda squares, reg, regularization, N: regularization * reg * squares * N
    },
    "rl_no_reg": {"reg_loss": lambda squares: squares},
    "rl_no_reg_half": {"reg_loss": lambda squares: 0.5 * squares},
    # The same before the average is taken.
    "rl_no_reg_over_N": {"reg_loss": lambda squares, N: squares / N},
    "rl_no_reg_half_over_N": {"reg_loss": lambda squares, N: 0.5 * squares / N},
    # reg * sum(W * W), added twice.
    "rl_twice": {"reg_loss": lambda squares, reg: 2 * reg * squares},
    "rl_minus": {"reg_loss": lambda squares, reg, regularization: -regularization * reg * squares},
    # Inside the loop over classes: C times too much after averaging, N * C times without it.
    "rl_times_C": {
        "reg_loss": lambda squares, reg, regularization, C: regularization * reg * squares * C
    },
    "rl_times_NC": {
        "reg_loss": lambda squares, reg, regularization, C, N: (
            regularization * reg * squares * C * N
        )
    },
    "rl_reg_squared": {
        "reg_loss": lambda squares, reg, regularization: regularization * reg**2 * squares
    },
    "rl_only_reg": {"reg_loss": lambda reg: reg},
    "rl_only_half_reg": {"reg_loss": lambda reg: 0.5 * reg},
    # The number that is multiplied by reg.
    "rl_no_square": {"squares": lambda W: np.sum(W)},
    "rl_square_of_sum": {"squares": lambda W: np.sum(W) ** 2},
    "rl_norm": {"squares": lambda W: np.linalg.norm(W)},
    "rl_l1": {"squares": lambda W: np.sum(np.abs(W))},
    "rl_mean": {"squares": lambda W: np.mean(W * W)},
    "rl_matmul": {"squares": lambda W: np.sum(W.dot(W.T))},
    "rl_matmul_T": {"squares": lambda W: np.sum(W.T.dot(W))},
    # W[j] after the loop: j is the last class.
    "rl_last_class_only": {"squares": lambda W: np.sum(W[-1] * W[-1])},
    # The weights that belong to a bias are left out: a column of W (a feature), or a row if
    # features and classes are mixed up.
    "rl_skip_bias": {"squares": lambda W: np.sum(W[:, :-1] ** 2)},
    "rl_skip_first": {"squares": lambda W: np.sum(W[:, 1:] ** 2)},
    "rl_skip_last_class": {"squares": lambda W: np.sum(W[:-1] ** 2)},
    "rl_skip_first_class": {"squares": lambda W: np.sum(W[1:] ** 2)},
}
