import numpy as np


def over_the_others(y, smoothing, C, N):
    shares = np.full((C, N), smoothing / (C - 1))
    shares[y, np.arange(N)] = 1 - smoothing
    return shares


def label_replaced(y, smoothing, C, N):
    shares = np.full((C, N), smoothing / C)
    shares[y, np.arange(N)] = 1 - smoothing
    return shares


def hard(y, C, N):
    shares = np.zeros((C, N))
    shares[y, np.arange(N)] = 1
    return shares


def no_reg_in_dW(logs, dW_targets, weights, total, X):
    return (weights * (np.exp(logs) - dW_targets)).dot(X.T) / total


MISCONCEPTIONS = {
    "smoothing_over_the_others": {"targets": over_the_others},
    "smoothing_replaces_label": {"targets": label_replaced},
    "smoothing_missing": {"targets": hard},
    "smoothing_missing_in_dW": {"dW_targets": hard},
    "divided_by_N": {"total": lambda N: N},
    "weights_missing": {"weights": lambda N: np.ones(N)},
    "weights_by_position": {"weights": lambda class_weights, N: np.resize(class_weights, N)},
    "reg_missing_in_dW": {"dW": no_reg_in_dW},
}
