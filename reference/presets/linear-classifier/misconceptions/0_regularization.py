"""The regularization of another loss, in the loss and in dW alike: one idea, and not two mistakes.

The first two are right by another convention. The words of such a misconception in messages/ name
the setting by which it is right: set = "…".
"""

MISCONCEPTIONS = {
    "reg_full": {
        "reg_loss": lambda squares, reg: reg * squares,
        "reg_gradient": lambda W, reg: 2 * reg * W,
    },
    "reg_half": {
        "reg_loss": lambda squares, reg: 0.5 * reg * squares,
        "reg_gradient": lambda W, reg: reg * W,
    },
    "reg_missing": {"reg_loss": lambda: 0.0, "reg_gradient": lambda W: 0 * W},
    # Added before the average is taken.
    "reg_over_N": {
        "reg_loss": lambda squares, reg, regularization, N: regularization * reg * squares / N,
        "reg_gradient": lambda W, reg, regularization, N: 2 * regularization * reg * W / N,
    },
    # Added in the loop over samples, after the average.
    "reg_times_N": {
        "reg_loss": lambda squares, reg, regularization, N: regularization * reg * squares * N,
        "reg_gradient": lambda W, reg, regularization, N: 2 * regularization * reg * W * N,
    },
}
