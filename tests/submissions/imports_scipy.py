import numpy as np
from scipy.special import logsumexp

def softmax_loss_naive(W, X, y, reg):
    loss, dW = 0.0, np.zeros(W.shape)
    for i in range(X.shape[1]):
        s = W.dot(X[:, i])
        loss += logsumexp(s) - s[y[i]]
        dW += np.outer(np.exp(s - logsumexp(s)) - (np.arange(len(s)) == y[i]), X[:, i])
    return loss / X.shape[1] + 0.5 * reg * np.sum(W * W), dW / X.shape[1] + reg * W

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
