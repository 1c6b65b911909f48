import numpy as np


class SoftmaxLoss(object):
    def __init__(self, factor=0.5):
        self.factor = factor

    def penalty(self, W, reg):
        return self.factor * reg * np.sum(W * W), 2 * self.factor * reg * W

    def naive(self, W, X, y, reg):
        loss, dW = 0.0, np.zeros(W.shape)
        for i, label in enumerate(y):
            s = W.dot(X[:, i])
            s -= s.max()
            p = np.exp(s) / np.exp(s).sum()
            loss -= np.log(p[label])
            for j in range(len(s)):
                dW[j] += (p[j] - (j == label)) * X[:, i]
        extra_loss, extra_dW = self.penalty(W, reg)
        return loss / len(y) + extra_loss, dW / len(y) + extra_dW

    def __call__(self, W, X, y, reg):
        s = W.dot(X)
        s -= s.max(axis=0)
        p = np.exp(s) / np.exp(s).sum(axis=0)
        at = (y, np.arange(len(y)))
        loss = -np.log(p[at]).mean()
        p[at] -= 1
        extra_loss, extra_dW = self.penalty(W, reg)
        return loss + extra_loss, p.dot(X.T) / len(y) + extra_dW


softmax_loss_vectorized = SoftmaxLoss()
softmax_loss_naive = softmax_loss_vectorized.naive
