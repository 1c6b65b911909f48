from numpy import *

def softmax_loss_naive(W, X, y, reg):
    loss = 0.0
    dW = zeros(W.shape)
    for i in range(X.shape[1]):
        f = dot(W, X[:, i])
        f = f - max(f)
        p = exp(f) / sum(exp(f))
        loss += -log(p[y[i]])
        for j in arange(W.shape[0]):
            dW[j] += (p[j] - (j == y[i])) * X[:, i]
    return loss / X.shape[1] + 0.5 * reg * sum(W * W), dW / X.shape[1] + reg * W

def softmax_loss_vectorized(W, X, y, reg):
    f = dot(W, X)
    f = f - f.max(0)
    p = exp(f) / sum(exp(f), 0)
    n = arange(X.shape[1])
    loss = mean(-log(p[y, n])) + 0.5 * reg * sum(W * W)
    p[y, n] -= 1
    return loss, dot(p, X.T) / X.shape[1] + reg * W
