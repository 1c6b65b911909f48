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
    loss, dW = softmax_loss_vectorized(W, X, y, 0.0)
    return loss + 0.5 * reg * np.sum(W * W), dW + reg * W
