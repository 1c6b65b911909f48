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

def softmax_loss_vectorized(W,X,y,reg):
    n=X.shape[1]
    s=np.dot(W,X)
    s=s-np.max(s,axis=0)
    p=np.exp(s)/np.sum(np.exp(s),axis=0)
    idx=np.arange(n).astype(np.uint8)   # saves memory
    loss=-np.mean(np.log(p[y,idx]))+0.5*reg*np.sum(W*W)
    onehot=np.zeros(p.shape)
    onehot[y,idx]=1
    return loss,np.dot(p-onehot,X.T)/n+reg*W
