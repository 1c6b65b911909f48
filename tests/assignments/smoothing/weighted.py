import numpy as np


def softmax_loss(W, X, y, class_weights, smoothing, reg):
    C, N = W.shape[0], X.shape[1]
    scores = W.dot(X)
    scores = scores - np.max(scores, axis=0)
    logs = scores - np.log(np.sum(np.exp(scores), axis=0))
    targets = np.full((C, N), smoothing / C)
    targets[y, np.arange(N)] += 1 - smoothing
    weights = class_weights[y]
    loss = -np.sum(weights * targets * logs) / np.sum(weights) + 0.5 * reg * np.sum(W * W)
    dW = (weights * (np.exp(logs) - targets)).dot(X.T) / np.sum(weights) + reg * W
    return loss, dW
