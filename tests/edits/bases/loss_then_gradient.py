import numpy as np

# First the loss, all of it. Then the gradient, all of it.


def softmax_loss_naive(W, X, y, reg):
    num_class = W.shape[0]
    num_train = X.shape[1]

    # ----- loss -----
    loss = 0.0
    for i in range(num_train):
        s = W.dot(X[:, i])
        s = s - np.max(s)
        e = np.exp(s)
        loss = loss - np.log(e[y[i]] / np.sum(e))
    loss = loss / num_train
    loss = loss + reg * np.sum(W * W)

    # ----- gradient -----
    dW = np.zeros(W.shape)
    for i in range(num_train):
        s = W.dot(X[:, i])
        s = s - np.max(s)
        e = np.exp(s)
        denom = np.sum(e)
        for k in range(num_class):
            dW[k, :] = dW[k, :] + e[k] / denom * X[:, i]
        dW[y[i], :] = dW[y[i], :] - X[:, i]
    dW = dW / num_train
    dW = dW + 2 * reg * W

    return loss, dW


def softmax_loss_vectorized(W, X, y, reg):
    num_train = X.shape[1]
    rng = np.arange(num_train)

    # ----- loss -----
    S = W.dot(X)
    S = S - np.max(S, axis=0)
    log_denom = np.log(np.sum(np.exp(S), axis=0))
    loss = np.sum(log_denom - S[y, rng]) / num_train
    loss = loss + reg * np.sum(W * W)

    # ----- gradient -----
    E = np.exp(S)
    denom = np.sum(E, axis=0)
    dS = E / denom
    dS[y, rng] = dS[y, rng] - 1
    dS = dS / num_train
    dW = dS.dot(X.T)
    dW = dW + 2 * reg * W

    return loss, dW
