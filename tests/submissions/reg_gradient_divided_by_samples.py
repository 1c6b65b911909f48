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
  loss += 0.5 * reg * np.sum(W * W)
  dW += reg * W
  dW /= num_train
  return loss, dW

def softmax_loss_vectorized(weights, data, labels, strength):
    count = len(labels)
    rows = np.arange(count)
    scores = data.T.dot(weights.T)          # one row per sample
    scores = scores - scores.max(axis=1).reshape(-1, 1)
    exponentials = np.exp(scores)
    probabilities = exponentials / exponentials.sum(axis=1).reshape(-1, 1)
    loss = np.mean(-np.log(probabilities[rows, labels]))
    difference = probabilities.copy()
    difference[rows, labels] -= 1.0
    gradient = difference.T.dot(data.T) / count
    return loss + 0.5 * strength * np.sum(weights ** 2), gradient + strength * weights
