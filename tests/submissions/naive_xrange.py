import numpy as np
def softmax_loss_naive(W, X, y, reg):
    C, N = W.shape[0], X.shape[1]
    loss, dW = 0., np.zeros(W.shape)
    for n in xrange(N):
        f = W @ X[:, n]
        f = f - f.max()
        loss += np.log(np.exp(f).sum()) - f[y[n]]
        for c in range(C):
            dW[c] += (np.exp(f[c]) / np.exp(f).sum() - (c == y[n])) * X[:, n]
    return loss / N + reg / 2 * (W ** 2).sum(), dW / N + reg * W

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
