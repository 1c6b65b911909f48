import numpy as np

def softmax_loss_naive(W, X, y, reg):
    """One sample after the other."""
    gradient = np.zeros(W.shape)
    losses = []
    for x, label in zip(X.T, y):
        logits = np.array([w.dot(x) for w in W])
        logits = logits - max(logits)
        weights = np.exp(logits)
        probabilities = weights / sum(weights)
        losses.append(-np.log(probabilities[label]))
        for k, p in enumerate(probabilities):
            gradient[k] += p * x
        gradient[label] -= x
    samples = len(losses)
    loss = sum(losses) / samples + 0.5 * reg * np.sum(np.square(W))
    return loss, gradient / samples + reg * W

def softmax_loss_vectorized(W, X, y, reg):
    n = X.shape[1]
    s = W.dot(X)
    s -= s.max(axis=0)
    p = np.exp(s) / np.exp(s).sum(axis=0)
    pick = np.vectorize(lambda label, i: p[label, i])
    loss = -np.log(pick(y, np.arange(n))).mean() + 0.5 * reg * np.sum(W ** 2)
    p[y, np.arange(n)] -= 1
    return loss, p.dot(X.T) / n + reg * W
