import numpy as np

def softmax_loss_naive(W, X, y, reg):
    num_train = X.shape[1]
    loss = 0.0
    dW = np.zeros(W.shape)
    for i in range(num_train):
        scores = W.dot(X[:, i])
        scores -= scores.max()
        probs = np.exp(scores) / np.sum(np.exp(scores))
        loss += -np.log(probs[y[i]] + 1e-8)   # no log(0)
        for j in range(W.shape[0]):
            dW[j] += (probs[j] - (j == y[i])) * X[:, i]
    loss = loss / num_train + 0.5 * reg * np.sum(W * W)
    dW = dW / num_train + reg * W
    return loss, dW

def softmax_loss_vectorized(W, X, y, reg):
    num_train = X.shape[1]
    scores = W.dot(X)
    scores -= scores.max(axis=0)
    probs = np.exp(scores) / np.sum(np.exp(scores), axis=0)
    loss = np.mean(-np.log(probs[y, np.arange(num_train)] + 1e-8))
    loss += 0.5 * reg * np.sum(W * W)
    probs[y, np.arange(num_train)] -= 1
    return loss, probs.dot(X.T) / num_train + reg * W
