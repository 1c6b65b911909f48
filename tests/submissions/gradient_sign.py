import numpy as np

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
    """All samples at once, with a matrix of ones and zeros for the labels."""
    classes, samples = W.shape[0], X.shape[1]
    Y = np.zeros((classes, samples))
    Y[y, np.arange(samples)] = 1.0
    logits = np.dot(W, X)
    logits = logits - logits.max(axis=0, keepdims=True)
    Z = np.exp(logits).sum(axis=0, keepdims=True)
    log_probabilities = logits - np.log(Z)
    loss = -np.sum(Y * log_probabilities) / samples + 0.5 * reg * np.sum(np.square(W))
    gradient = np.dot(Y - np.exp(log_probabilities), X.T) / samples + reg * W
    return loss, gradient
