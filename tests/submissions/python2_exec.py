import numpy as np

exec "SHIFT = True"

def softmax_loss_naive(W, X, y, reg):
    C, N = W.shape[0], X.shape[1]
    loss, dW = 0., np.zeros(W.shape)
    for n in range(N):
        f = W @ X[:, n]
        f = f - f.max()
        loss += np.log(np.exp(f).sum()) - f[y[n]]
        for c in range(C):
            dW[c] += (np.exp(f[c]) / np.exp(f).sum() - (c == y[n])) * X[:, n]
    return loss / N + reg / 2 * (W ** 2).sum(), dW / N + reg * W

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
