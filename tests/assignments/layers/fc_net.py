import numpy as np

from layers import affine_backward, affine_forward


class TwoLayerNet:
    def __init__(self, input_dim, hidden_dim, num_classes, reg=0.0):
        self.reg = reg
        self.params = {}

    def loss(self, X, y):
        W1, b1 = self.params["W1"], self.params["b1"]
        W2, b2 = self.params["W2"], self.params["b2"]
        hidden, cache1 = affine_forward(X, W1, b1)
        scores, cache2 = affine_forward(np.maximum(0, hidden), W2, b2)
        scores = scores - np.max(scores, axis=1, keepdims=True)
        probabilities = np.exp(scores)
        probabilities /= np.sum(probabilities, axis=1, keepdims=True)
        samples = np.arange(len(y))
        loss = -np.mean(np.log(probabilities[samples, y]))
        loss += 0.5 * self.reg * (np.sum(W1 * W1) + np.sum(W2 * W2))
        probabilities[samples, y] -= 1
        drelu, dW2, db2 = affine_backward(probabilities / len(y), cache2)
        _, dW1, db1 = affine_backward(drelu * (hidden > 0), cache1)
        return loss, {
            "W1": dW1 + self.reg * W1,
            "b1": db1,
            "W2": dW2 + self.reg * W2,
            "b2": db2,
        }
