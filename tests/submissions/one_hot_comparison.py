import numpy as np

def softmax_loss_naive(W, X, y, reg):
    num_classes, dim = W.shape
    num_train = X.shape[1]
    total = 0.0
    grad = np.zeros((num_classes, dim))
    for i in range(num_train):
        scores = W.dot(X[:, i])
        scores -= scores.max()
        p = np.exp(scores) / np.exp(scores).sum()
        indicator = np.arange(num_classes) == y[i]
        total -= np.log(p[indicator][0])
        grad += np.outer(p - indicator, X[:, i])
    return total / num_train + 0.5 * reg * (W * W).sum(), grad / num_train + reg * W

def softmax_loss_vectorized(W, X, y, reg):
    num_train = X.shape[1]
    indicator = np.arange(W.shape[0])[:, None] == y[None, :]
    scores = W.dot(X)
    scores -= scores.max(axis=0)
    p = np.exp(scores)
    p /= p.sum(axis=0)
    loss = -np.log(p.T[indicator.T]).sum() / num_train + 0.5 * reg * (W * W).sum()
    return loss, (p - indicator).dot(X.T) / num_train + reg * W
