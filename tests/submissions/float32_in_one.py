import numpy as np

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
    W, X = np.float32(W), np.float32(X)
    n = X.shape[1]
    s = W.dot(X)
    s -= s.max(axis=0)
    p = np.exp(s)
    p /= p.sum(axis=0)
    loss = -np.log(p[y, np.arange(n)]).mean() + np.float32(0.5 * reg) * np.sum(W * W)
    p[y, np.arange(n)] -= 1
    return loss, p.dot(X.T) / np.float32(n) + np.float32(reg) * W
