import numpy as np

def softmax_loss_naive(W, X, y, reg):
    loss, dW, N = 0.0, np.zeros(W.shape), X.shape[1]
    for i in range(N):
        scores = W.dot(X[:, i])
        for j in range(W.shape[0]):
            margin = scores[j] - scores[y[i]] + 1
            if j != y[i] and margin > 0:
                loss += margin
                dW[j] += X[:, i]
                dW[y[i]] -= X[:, i]
    return loss / N + 0.5 * reg * np.sum(W * W), dW / N + reg * W

def softmax_loss_vectorized(W, X, y, reg):
    N = X.shape[1]
    scores = W.dot(X)
    margins = np.maximum(0, scores - scores[y, np.arange(N)] + 1)
    margins[y, np.arange(N)] = 0
    mask = (margins > 0).astype(float)
    mask[y, np.arange(N)] = -mask.sum(axis=0)
    return margins.sum() / N + 0.5 * reg * np.sum(W * W), mask.dot(X.T) / N + reg * W
