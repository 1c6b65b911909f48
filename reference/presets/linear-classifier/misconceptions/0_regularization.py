"""The regularization of another loss, in the loss and in dW: it is right by another convention.

The words of such a misconception in messages/ name the setting by which it is right: set = "…".
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
}
