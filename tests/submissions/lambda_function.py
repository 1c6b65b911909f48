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

norm = lambda s: s - s.max(axis=0)
soft = lambda s: np.exp(s) / np.exp(s).sum(axis=0)
hot = lambda y, C: np.arange(C)[:, np.newaxis] == y
pen = lambda W, reg: 0.5 * reg * np.sum(W * W)

softmax_loss_vectorized = lambda W, X, y, reg: (
    -np.mean(np.log(soft(norm(W.dot(X)))[y, np.arange(y.size)])) + pen(W, reg),
    (soft(norm(W.dot(X))) - hot(y, len(W))).dot(X.T) / y.size + reg * W,
)
