import numpy as np

def softmax_loss_naive(W, X, y, reg):
  # Initialize the loss and gradient to zero.
  loss = 0.0
  dW = np.zeros_like(W)
  num_classes = W.shape[0]
  num_train = X.shape[1]

  for i in range(num_train):
    scores = W.dot(X[:, i])
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
  num_train = X.shape[1]
  scores = W.dot(X)
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
