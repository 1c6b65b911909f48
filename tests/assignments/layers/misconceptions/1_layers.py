import numpy as np

MISCONCEPTIONS = {
    "bias_missing": {"out": lambda rows, w: rows @ w},
    "db_mean": {"db": lambda dout: np.mean(dout, axis=0)},
    "dx_of_w": {"dx": lambda dout, rows, w, x: (dout @ w.T * rows).reshape(x.shape)},
    "dscores_not_averaged": {
        "dscores": lambda probabilities, one_hot: probabilities - one_hot,
    },
    "relu_not_in_backward": {"dhidden": lambda dscores, W2: dscores @ W2.T},
    "relu_of_gradient": {"dhidden": lambda dscores, W2: np.maximum(0, dscores @ W2.T)},
    "reg_of_first_only": {
        "reg_loss": lambda w, reg: 0.5 * reg * np.sum(w * w),
        "dW2": lambda relu, dscores: relu.T @ dscores,
    },
    "reg_missing_in_dW1": {"dW1": lambda X, dhidden: X.T @ dhidden},
    "db1_zero": {"db1": lambda b: 0 * b},
}
