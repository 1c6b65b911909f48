import numpy as np

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

def softmax_loss_vectorized(weights, data, labels, strength):
    count = len(labels)
    rows = np.arange(count)
    scores = data.T.dot(weights.T)          # one row per sample
    scores = scores - scores.max(axis=1).reshape(-1, 1)
    exponentials = np.exp(scores)
    probabilities = exponentials / exponentials.sum()
    loss = np.mean(-np.log(probabilities[rows, labels]))
    difference = probabilities.copy()
    difference[rows, labels] -= 1.0
    gradient = difference.T.dot(data.T) / count
    return loss + 0.5 * strength * np.sum(weights ** 2), gradient + strength * weights
