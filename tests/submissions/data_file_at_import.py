import numpy as np

MEAN = np.loadtxt("datasets/mean_image.txt")

def softmax_loss_naive(W,X,y,reg):
    loss=0.0
    dW=np.zeros(W.shape)
    n=X.shape[1]
    for i in range(n):
        xi=X[:,i]
        s=np.dot(W,xi)
        m=np.max(s)
        # print(s)
        s=s-m
        sum_exp=0
        for k in range(len(s)): sum_exp=sum_exp+np.exp(s[k])
        loss=loss-s[y[i]]+np.log(sum_exp)
        for k in range(len(s)):
            dW[k,:]+=np.exp(s[k])/sum_exp*xi
        dW[y[i],:]-=xi
    #regularize!!
    loss=loss/n+0.5*reg*np.sum(W*W)
    dW=dW/n+reg*W
    return loss,dW

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
