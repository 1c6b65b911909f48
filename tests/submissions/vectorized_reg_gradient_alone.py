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
    N = X.shape[1]
    f = W @ X
    f = f - f.max(axis=0)
    P = np.exp(f) / np.exp(f).sum(axis=0)
    loss = -np.log(P[y, np.arange(N)]).mean() + reg / 2 * (W ** 2).sum()
    P[y, np.arange(N)] -= 1
    return loss, P @ X.T / N
