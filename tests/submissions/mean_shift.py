import numpy as np

def softmax_loss_naive(W, X, y, reg):
    loss, dW = 0.0, np.zeros(W.shape)
    for i in range(X.shape[1]):
        z = W.dot(X[:, i])
        z -= np.mean(z)
        a = np.exp(z) / np.sum(np.exp(z))
        loss += -np.log(a[y[i]])
        for k in range(W.shape[0]):
            dW[k, :] += X[:, i] * (a[k] - (k == y[i]))
    loss /= X.shape[1]
    dW /= X.shape[1]
    return loss + 0.5 * reg * np.sum(W * W), dW + reg * W

def softmax_loss_vectorized(W, X, y, reg):
    z = W.dot(X)
    z -= np.mean(z, axis=0)
    a = np.exp(z) / np.sum(np.exp(z), axis=0)
    loss = -np.mean(np.log(a[y, np.arange(X.shape[1])]))
    a[y, np.arange(X.shape[1])] -= 1
    return loss + 0.5 * reg * np.sum(W * W), a.dot(X.T) / X.shape[1] + reg * W
