import numpy as np


class Softmax:
    def softmax_loss_naive(self, W, X, y, reg):
        return self.softmax_loss_vectorized(W, X, y, reg)

    def softmax_loss_vectorized(self, W, X, y, reg):
        s = W.dot(X)
        s -= s.max(axis=0)
        p = np.exp(s) / np.exp(s).sum(axis=0)
        loss = -np.log(p[y, np.arange(len(y))]).mean() + 0.5 * reg * np.sum(W * W)
        p[y, np.arange(len(y))] -= 1
        return loss, p.dot(X.T) / len(y) + reg * W
