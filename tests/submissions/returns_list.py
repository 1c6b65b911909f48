import numpy as np

def softmax_loss_naive(W, X, y, reg):
    loss = 0
    dW = np.zeros(W.shape)
    N = X.shape[1]
    for i in range(N):
        scores = W.dot(X[:, i])
        scores = scores - scores.max()
        softmax = np.exp(scores) / np.exp(scores).sum()
        loss += -np.log(softmax[y[i]])
        for j in range(W.shape[0]):
            dW[j] += X[:, i] * (softmax[j] - int(j == y[i]))
    result = [loss / N + 0.5 * reg * (W ** 2).sum(), dW / N + reg * W]
    return result

def softmax_loss_vectorized(W, X, y, reg):
    N = X.shape[1]
    scores = W.dot(X)
    scores = scores - scores.max(axis=0)
    softmax = np.exp(scores) / np.exp(scores).sum(axis=0)
    result = [0, 0]
    result[0] = -np.log(softmax[y, np.arange(N)]).mean() + 0.5 * reg * (W ** 2).sum()
    softmax[y, np.arange(N)] -= 1
    result[1] = softmax.dot(X.T) / N + reg * W
    return result
