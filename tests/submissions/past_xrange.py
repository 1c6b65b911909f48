from builtins import range
import numpy as np
from random import shuffle
from past.builtins import xrange

def softmax_loss_naive(W, X, y, reg):
  loss = 0.0
  dW = np.zeros_like(W)
  for i in xrange(X.shape[1]):
    f = W.dot(X[:, i])
    f -= np.max(f)
    denominator = np.sum(np.exp(f))
    loss += -f[y[i]] + np.log(denominator)
    for j in xrange(W.shape[0]):
      dW[j] += (np.exp(f[j]) / denominator - (j == y[i])) * X[:, i]
  loss = loss / X.shape[1] + 0.5 * reg * np.sum(W * W)
  dW = dW / X.shape[1] + reg * W
  return loss, dW

def softmax_loss_vectorized(W, X, y, reg):
  num_train = X.shape[1]
  scores = W.dot(X)
  scores -= np.max(scores, axis=0)
  exp_scores = np.exp(scores)
  probs = exp_scores / np.sum(exp_scores, axis=0)
  correct = probs[y, np.arange(num_train)]
  loss = np.sum(-np.log(correct)) / num_train
  loss += 0.5 * reg * np.sum(W * W)

  dscores = probs
  dscores[y, np.arange(num_train)] -= 1
  dscores /= num_train
  dW = dscores.dot(X.T)
  dW += reg * W
  return loss, dW
