import numpy as np


def softmax_loss_naive(W, X, y, reg):
  """Loss and gradient with loops. W is C x D, X is D x N, y holds the labels of the N columns."""
  loss = 0.0
  dW = np.zeros_like(W)
  num_classes = W.shape[0]
  num_train = X.shape[1]

  for i in range(num_train):
    X_i = X[:, i]
    f = W.dot(X_i)
    f -= np.max(f)
    sum_exp = 0.0
    for j in range(num_classes):
      sum_exp += np.exp(f[j])
    loss += -f[y[i]] + np.log(sum_exp)
    for j in range(num_classes):
      p = np.exp(f[j]) / sum_exp
      dW[j, :] += p * X_i
      if j == y[i]:
        dW[j, :] -= X_i

  loss /= num_train
  dW /= num_train

  # regularization
  loss += 0.5 * reg * np.sum(W * W)
  dW += reg * W

  return loss, dW


def softmax_loss_vectorized(W, X, y, reg):
  """The same, without loops."""
  num_train = X.shape[1]

  scores = W.dot(X)  # C x N
  scores -= np.max(scores, axis=0, keepdims=True)
  exp_scores = np.exp(scores)
  probs = exp_scores / np.sum(exp_scores, axis=0, keepdims=True)

  correct_logprobs = -np.log(probs[y, range(num_train)])
  loss = np.sum(correct_logprobs) / num_train
  loss += 0.5 * reg * np.sum(W * W)

  dscores = probs
  dscores[y, range(num_train)] -= 1
  dW = dscores.dot(X.T)
  dW /= num_train
  dW += reg * W

  return loss, dW
