import numpy as np


def softmax_loss_naive(W, X, y, reg):
    raise NotImplementedError

def softmax_loss_vectorized(weights, data, labels, strength):
    count = len(labels)
    rows = np.arange(count)
    scores = data.T.dot(weights.T)          # one row per sample
    scores = scores - scores.max(axis=1).reshape(-1, 1)
    exponentials = np.exp(scores)
    probabilities = exponentials / exponentials.sum(axis=1).reshape(-1, 1)
    loss = np.mean(-np.log(probabilities[rows, labels]))
    difference = probabilities.copy()
    difference[rows, labels] -= 1.0
    gradient = difference.T.dot(data.T) / count
    return loss + 0.5 * strength * np.sum(weights ** 2), gradient + strength * weights
