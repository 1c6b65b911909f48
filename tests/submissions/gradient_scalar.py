import numpy as np

def softmax_loss_naive(W, X, y, reg):
    """One sample after the other."""
    gradient = np.zeros(W.shape)
    losses = []
    for x, label in zip(X.T, y):
        logits = np.array([w.dot(x) for w in W])
        logits = logits - max(logits)
        weights = np.exp(logits)
        probabilities = weights / sum(weights)
        losses.append(-np.log(probabilities[label]))
        for k, p in enumerate(probabilities):
            gradient[k] += p * x
        gradient[label] -= x
    samples = len(losses)
    loss = sum(losses) / samples + 0.5 * reg * np.sum(np.square(W))
    return loss, gradient / samples + reg * W

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
  dW = np.sum(dscores.dot(X.T))
  return loss, dW
