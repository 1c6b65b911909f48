import numpy as np

def softmax_loss_naive(W, X, y, reg):
    pairs = np.zeros((10 ** 6, 10 ** 6))
    pairs[0, :len(y)] = y
    return float(pairs.sum()), reg * W

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
