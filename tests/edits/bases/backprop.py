import numpy as np


def softmax_loss_naive(W, X, y, reg):
    """Backprop through the little graph scores -> exp -> sum -> divide -> -log, one image at a time."""
    N, C = X.shape[0], W.shape[1]
    loss = 0.0
    dW = np.zeros_like(W)
    for i in range(N):
        # forward
        scores = X[i].dot(W)
        scores -= np.max(scores)
        num = np.exp(scores)
        den = np.sum(num)
        p = num[y[i]] / den
        loss += -np.log(p)
        # backward
        dp = -1.0 / p
        dden = -dp * num[y[i]] / den**2
        for j in range(C):
            dnum = dden
            if j == y[i]:
                dnum += dp / den
            dscore = dnum * num[j]
            dW[:, j] += dscore * X[i]
    loss = loss / N + 0.5 * reg * np.sum(W**2)
    dW = dW / N + reg * W
    return loss, dW


def softmax_loss_vectorized(W, X, y, reg):
    N = X.shape[0]
    rows = np.arange(N)
    # forward
    scores = X.dot(W)
    scores -= np.max(scores, axis=1, keepdims=True)
    num = np.exp(scores)
    den = np.sum(num, axis=1)
    p = num[rows, y] / den
    loss = np.sum(-np.log(p)) / N + 0.5 * reg * np.sum(W**2)
    # backward
    dp = -1.0 / p / N
    dden = -dp * num[rows, y] / den**2
    dnum = np.zeros_like(num)
    dnum += dden[:, np.newaxis]
    dnum[rows, y] += dp / den
    dscores = dnum * num
    dW = X.T.dot(dscores)
    dW += reg * W
    return loss, dW
