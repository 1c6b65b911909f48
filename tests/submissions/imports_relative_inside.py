import numpy as np

def softmax_loss_naive(W, X, y, reg):
    from .layers import softmax_loss
    loss, dscores = softmax_loss(X.T.dot(W.T), y)
    return loss + 0.5 * reg * np.sum(W * W), dscores.T.dot(X.T) + reg * W

def softmax_loss_vectorized(W, X, y, reg):
    """All samples at once, with a matrix of ones and zeros for the labels."""
    classes, samples = W.shape[0], X.shape[1]
    Y = np.zeros((classes, samples))
    Y[y, np.arange(samples)] = 1.0
    logits = np.dot(W, X)
    logits = logits - logits.max(axis=0, keepdims=True)
    Z = np.exp(logits).sum(axis=0, keepdims=True)
    log_probabilities = logits - np.log(Z)
    loss = -np.sum(Y * log_probabilities) / samples + 0.5 * reg * np.sum(np.square(W))
    gradient = np.dot(np.exp(log_probabilities) - Y, X.T) / samples + reg * W
    return loss, gradient
