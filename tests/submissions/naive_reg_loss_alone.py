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
  dW += reg * W
  return loss, dW

def softmax_loss_vectorized(W,X,y,reg):
    n=X.shape[1]
    s=np.dot(W,X)
    s=s-np.max(s,axis=0)
    es=np.exp(s)
    tot=np.sum(es,axis=0)
    right=s[y,np.arange(n)]
    loss=np.sum(np.log(tot)-right)/n+0.5*reg*np.sum(W*W)
    pr=es/tot
    pr[y,np.arange(n)]-=1   # minus one for the right class
    dW=np.dot(pr,X.T)/n+reg*W
    return loss,dW
