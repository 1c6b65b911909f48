import math
import numpy as np

def softmax_loss_naive(W, X, y, reg):
    C, D = W.shape
    N = X.shape[1]
    loss = 0.0
    dW = np.zeros((C, D))
    for i in range(N):
        scores = []
        for c in range(C):
            score = 0.0
            for d in range(D):
                score += W[c, d] * X[d, i]
            scores.append(score)
        biggest = max(scores)
        exps = [math.exp(score - biggest) for score in scores]
        denominator = sum(exps)
        loss += math.log(denominator) - (scores[y[i]] - biggest)
        for c in range(C):
            for d in range(D):
                dW[c, d] += exps[c] / denominator * X[d, i]
                if c == y[i]:
                    dW[c, d] -= X[d, i]
    loss /= N
    for c in range(C):
        for d in range(D):
            loss += 0.5 * reg * W[c, d] * W[c, d]
            dW[c, d] = dW[c, d] / N + reg * W[c, d]
    return loss, dW

def softmax_loss_vectorized(W, X, y, reg):
    N = X.shape[1]
    f = W @ X
    f = f - f.max(axis=0)
    P = np.exp(f) / np.exp(f).sum(axis=0)
    loss = -np.log(P[y, np.arange(N)]).mean() + reg / 2 * (W ** 2).sum()
    P[y, np.arange(N)] -= 1
    return loss, P @ X.T / N + reg * W
