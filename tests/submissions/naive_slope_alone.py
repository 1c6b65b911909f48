import numpy as np

buffers = {}

def softmax_loss_naive(W, X, y, reg):
    # allocate dW only once for each shape: saves time
    if W.shape not in buffers:
        buffers[W.shape] = np.empty(W.shape)
    dW = buffers[W.shape]
    dW.fill(0.0)
    loss = 0.0
    for i in range(X.shape[1]):
        scores = W.dot(X[:, i])
        scores -= scores.max()
        p = np.exp(scores) / np.exp(scores).sum()
        loss -= np.log(p[y[i]])
        for j in range(W.shape[0]):
            dW[j] += (p[j] - (j == y[i])) * X[:, i]
    loss /= X.shape[1]
    dW /= X.shape[1]
    loss += 0.5 * reg * np.sum(W * W)
    dW += reg * W
    return loss, dW

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
