"""An object that keeps its scores between the methods for the loss and for the gradient."""

import numpy as np


class Softmax:
    def __init__(self, W, X, y, reg):
        self.W, self.X, self.y, self.reg = W, X, y, reg
        self.log_p = None

    @property
    def size(self):
        return self.X.shape[0]

    def forward(self):
        scores = self.X @ self.W
        scores = scores - scores.max(axis=1, keepdims=True)
        self.log_p = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
        return self

    def loss(self):
        data = -self.log_p[np.arange(self.size), self.y].mean()
        return data + 0.5 * self.reg * np.sum(self.W**2)

    def gradient(self):
        d = np.exp(self.log_p)
        d[np.arange(self.size), self.y] -= 1
        return self.X.T @ d / self.size + self.reg * self.W


class OneByOne(Softmax):
    def forward(self):
        self.log_p = np.zeros((self.size, self.W.shape[1]))
        for i in range(self.size):
            s = self.X[i] @ self.W
            s = s - s.max()
            self.log_p[i] = s - np.log(np.exp(s).sum())
        return self

    def gradient(self):
        dW = np.zeros_like(self.W)
        for i in range(self.size):
            for j in range(self.W.shape[1]):
                dW[:, j] += (np.exp(self.log_p[i, j]) - (j == self.y[i])) * self.X[i]
        return dW / self.size + self.reg * self.W


def softmax_loss_naive(W, X, y, reg):
    model = OneByOne(W, X, y, reg).forward()
    return model.loss(), model.gradient()


def softmax_loss_vectorized(W, X, y, reg):
    model = Softmax(W, X, y, reg).forward()
    return model.loss(), model.gradient()
