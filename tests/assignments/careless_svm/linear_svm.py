import numpy as np


def svm_loss_naive(W, X, y, reg):
    loss = 0.0
    dW = np.zeros(W.shape)
    num_classes, num_train = W.shape[0], X.shape[1]
    for i in range(num_train):
        scores = W.dot(X[:, i])
        for j in range(num_classes):
            margin = scores[j] - scores[y[i]] + 1
            if j != y[i] and margin > 0:
                loss += margin
                dW[j] += X[:, i]
                dW[y[i]] -= X[:, i]
    loss = loss / num_train + 0.5 * reg * np.sum(W * W)
    dW = dW / num_train + reg * W
    return loss, dW


def svm_loss_vectorized(W, X, y, reg):
    samples = np.arange(X.shape[1])
    scores = W.dot(X)
    margins = np.maximum(0, scores - scores[y, samples] + 1)
    margins[y, samples] = 0
    loss = np.sum(margins) / len(samples) + 0.5 * reg * np.sum(W * W)
    counts = (margins > 0).astype(W.dtype)
    counts[y, samples] = -np.sum(counts, axis=0)
    dW = counts.dot(X.T) / len(samples) + reg * W
    return loss, dW
