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
    N = X.shape[1]
    f = W @ X
    f = f - f.max()
    P = np.exp(f) / np.exp(f).sum(axis=0)
    loss = -np.log(P[y, np.arange(N)]).mean() + reg / 2 * (W ** 2).sum()
    P[y, np.arange(N)] -= 1
    return loss, P @ X.T / N + reg * W
