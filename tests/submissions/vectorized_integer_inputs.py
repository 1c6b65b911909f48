import numpy as np

def softmax_loss_naive(W, X, y, reg):
    N = X.shape[1]
    loss, dW = 0.0, np.zeros(W.shape)
    for i in range(N):
        scores = W.dot(X[:, i])
        scores = scores - scores.max()
        total = np.sum(np.exp(scores))
        loss += np.log(total) - scores[y[i]]
        for j in range(W.shape[0]):
            dW[j] += (np.exp(scores[j]) / total - (j == y[i])) * X[:, i]
    return loss / N + 0.5 * reg * np.sum(W * W), dW / N + reg * W

def softmax_loss_vectorized(W, X, y, reg):
    N = X.shape[1]
    scores = W.dot(X)
    scores = scores - scores.max(axis=0)
    totals = np.exp(scores).sum(axis=0)
    loss = np.mean(np.log(totals) - scores[y, np.arange(N)]) + 0.5 * reg * np.sum(W * W)
    slopes = np.exp(scores) / totals
    slopes[y, np.arange(N)] -= 1
    dW = np.zeros_like(W)
    dW[:] = slopes.dot(X.T) / N + reg * W
    return loss, dW
