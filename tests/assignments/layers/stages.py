import numpy as np


def rows(x):
    return x.reshape(len(x), -1)


def out(rows, w, b):
    return rows @ w + b


def dx(dout, w, x):
    return (dout @ w.T).reshape(x.shape)


def dw(rows, dout):
    return rows.T @ dout


def db(dout):
    return np.sum(dout, axis=0)


def hidden(X, w, b):
    return X @ w + b


def relu(hidden):
    return np.maximum(0, hidden)


def probabilities(relu, W2, b2):
    scores = relu @ W2 + b2
    exponentials = np.exp(scores - np.max(scores, axis=1, keepdims=True))
    return exponentials / np.sum(exponentials, axis=1, keepdims=True)


def reg_loss(w, W2, reg):
    return 0.5 * reg * (np.sum(w * w) + np.sum(W2 * W2))


def loss(probabilities, y, reg_loss, N):
    return -np.mean(np.log(probabilities[np.arange(N), y])) + reg_loss


def one_hot(probabilities, y, N):
    ones = np.zeros(probabilities.shape)
    ones[np.arange(N), y] = 1
    return ones


def dscores(probabilities, one_hot, N):
    return (probabilities - one_hot) / N


def dhidden(dscores, W2, hidden):
    return dscores @ W2.T * (hidden > 0)


def dW2(relu, dscores, W2, reg):
    return relu.T @ dscores + reg * W2


def db2(dscores):
    return np.sum(dscores, axis=0)


def dW1(X, dhidden, w, reg):
    return X.T @ dhidden + reg * w


def db1(dhidden):
    return np.sum(dhidden, axis=0)
