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

def softmax_loss_vectorized(weights, data, labels, strength):
    count = len(labels)
    rows = np.arange(count)
    scores = data.T.dot(weights.T)          # one row per sample
    scores = scores - scores.max(axis=1).reshape(-1, 1)
    exponentials = np.exp(scores)
    probabilities = exponentials / exponentials.sum(axis=1).reshape(-1, 1)
    loss = np.mean(-np.log(probabilities[rows, labels] + 1e-3))
    difference = probabilities.copy()
    difference[rows, labels] -= 1.0
    gradient = difference.T.dot(data.T) / count
    return loss + 0.5 * strength * np.sum(weights ** 2), gradient + strength * weights
