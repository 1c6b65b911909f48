import numpy as np


def logs(W, X):
    scores = W.dot(X)
    scores = scores - np.max(scores, axis=0)
    return scores - np.log(np.sum(np.exp(scores), axis=0))


def targets(y, smoothing, C, N):
    shares = np.full((C, N), smoothing / C)
    shares[y, np.arange(N)] += 1 - smoothing
    return shares


def weights(class_weights, y):
    return class_weights[y]


def total(weights):
    return np.sum(weights)


def loss_targets(targets):
    return targets


def dW_targets(targets):
    return targets


def loss(logs, loss_targets, weights, total, W, reg):
    return -np.sum(weights * loss_targets * logs) / total + 0.5 * reg * np.sum(W * W)


def dW(logs, dW_targets, weights, total, X, W, reg):
    return (weights * (np.exp(logs) - dW_targets)).dot(X.T) / total + reg * W
