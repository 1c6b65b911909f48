"""Homework 1, softmax. Cut into small functions so that both versions can share them."""
import numpy as np


def class_probabilities(scores):
    """scores: C x N (or just C). Normalizes every column."""
    shifted = scores - scores.max(axis=0)
    unnormalized = np.exp(shifted)
    return unnormalized / unnormalized.sum(axis=0)


def cross_entropy(p):
    return -np.log(p)


def l2_penalty(W, reg):
    return 0.5 * reg * np.sum(W * W)


def l2_gradient(W, reg):
    return reg * W


def softmax_loss_naive(W, X, y, reg):
    num_classes, num_samples = W.shape[0], X.shape[1]
    total_loss = 0.0
    total_grad = np.zeros_like(W)
    for i in range(num_samples):
        p = class_probabilities(W.dot(X[:, i]))
        total_loss += cross_entropy(p[y[i]])
        for j in range(num_classes):
            coefficient = p[j]
            if j == y[i]:
                coefficient = p[j] - 1
            total_grad[j] += coefficient * X[:, i]
    mean_loss = total_loss / num_samples
    mean_grad = total_grad / num_samples
    return mean_loss + l2_penalty(W, reg), mean_grad + l2_gradient(W, reg)


def softmax_loss_vectorized(W, X, y, reg):
    num_samples = X.shape[1]
    correct = (y, np.arange(num_samples))
    P = class_probabilities(W.dot(X))
    mean_loss = cross_entropy(P[correct]).mean()
    P[correct] -= 1
    mean_grad = P.dot(X.T) / num_samples
    return mean_loss + l2_penalty(W, reg), mean_grad + l2_gradient(W, reg)
