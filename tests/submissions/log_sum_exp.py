import numpy as np

def logsumexp(s):
    top = np.amax(s, axis=0)
    return top + np.log(np.sum(np.exp(s - top), axis=0))

def softmax_loss_naive(W, X, y, reg):
    N = X.shape[1]
    loss, dW = 0.0, np.zeros(W.shape)
    for i in range(N):
        s = W.dot(X[:, i])
        log_total = logsumexp(s)
        loss += log_total - s[y[i]]
        for j in range(W.shape[0]):
            dW[j] += np.exp(s[j] - log_total) * X[:, i]
            if j == y[i]:
                dW[j] -= X[:, i]
    return loss / N + 0.5 * reg * np.sum(W * W), dW / N + reg * W

def softmax_loss_vectorized(W, X, y, reg):
    N = X.shape[1]
    s = W.dot(X)
    log_totals = logsumexp(s)
    loss = np.mean(log_totals - s[y, np.arange(N)]) + 0.5 * reg * np.sum(W * W)
    p = np.exp(s - log_totals)
    p[y, np.arange(N)] -= 1
    return loss, p.dot(X.T) / N + reg * W
