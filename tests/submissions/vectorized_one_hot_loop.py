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

def to_categorical(labels, classes):
    matrix = np.zeros((classes, len(labels)))
    for position, label in enumerate(labels):
        matrix[label, position] = 1
    return matrix


def softmax_loss_vectorized(W, X, y, reg):
    Y = to_categorical(y, W.shape[0])
    S = W @ X
    S -= S.max(axis=0)
    P = np.exp(S) / np.exp(S).sum(axis=0)
    loss = -(Y * np.log(P)).sum() / X.shape[1] + 0.5 * reg * (W ** 2).sum()
    return loss, (P - Y) @ X.T / X.shape[1] + reg * W
