import numpy as np


def softmax_loss_naive(W, X, y, reg):
    """W is C x D and X is D x N, but I find it easier to think in rows."""
    data = X.T
    weights = W.T
    num_train, dim = data.shape
    num_classes = weights.shape[1]
    loss = 0.0
    grad = np.zeros((dim, num_classes))
    for i, row in enumerate(data):
        score = row.dot(weights)
        score = score - score.max()
        expo = np.exp(score)
        prob = expo / expo.sum()
        loss = loss - np.log(prob[y[i]])
        prob[y[i]] -= 1
        for k in range(num_classes):
            grad[:, k] += prob[k] * row
    loss = loss / num_train
    grad = grad / num_train
    loss = loss + 0.5 * reg * np.sum(W * W)
    grad = grad + reg * weights
    return loss, grad.T


def softmax_loss_vectorized(W, X, y, reg):
    data = X.T
    weights = W.T
    num_train = data.shape[0]
    score = data.dot(weights)
    score = score - score.max(axis=1, keepdims=True)
    expo = np.exp(score)
    expo_sum = expo.sum(axis=1, keepdims=True)
    log_prob = score - np.log(expo_sum)
    loss = -log_prob[range(num_train), y].mean()
    prob = expo / expo_sum
    prob[range(num_train), y] -= 1
    grad = data.T.dot(prob) / num_train
    loss = loss + 0.5 * reg * np.sum(W * W)
    grad = grad + reg * weights
    return loss, grad.T
