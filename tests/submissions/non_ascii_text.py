# -*- coding: utf-8 -*-
# Классификатор softmax — функция потерь и градиент
import numpy as np

def softmax_loss_naive(W, X, y, reg):
    """损失函数（循环版本）。λ is the regularization."""
    λ = reg
    N = X.shape[1]
    loss, dW = 0.0, np.zeros(W.shape)
    for i in range(N):           # für jedes Beispiel
        σ = W.dot(X[:, i])
        σ = σ - σ.max()          # évite les débordements
        p = np.exp(σ) / np.exp(σ).sum()
        loss -= np.log(p[y[i]])
        for j in range(W.shape[0]):
            dW[j] += (p[j] - (j == y[i])) * X[:, i]
    return loss / N + 0.5 * λ * np.sum(W * W), dW / N + λ * W

def softmax_loss_vectorized(W, X, y, reg):
    """损失函数（向量化版本）😀"""
    N = X.shape[1]
    оценки = W.dot(X)
    оценки -= оценки.max(axis=0)
    p = np.exp(оценки)
    p /= p.sum(axis=0)
    loss = -np.log(p[y, np.arange(N)]).mean() + 0.5 * reg * np.sum(W * W)
    p[y, np.arange(N)] -= 1
    return loss, p.dot(X.T) / N + reg * W
