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
    C = W.shape[0]
    N = X.shape[1]
    targets = np.eye(C)[y].T
    S = W.dot(X)
    S -= S.max(axis=0)
    E = np.exp(S)
    P = E / E.sum(axis=0)
    loss = -np.sum(np.log(np.sum(P * targets, axis=0))) / N
    loss += 0.5 * reg * np.sum(W ** 2)
    dW = (P - targets).dot(X.T) / N
    dW += reg * W
    return loss, dW
