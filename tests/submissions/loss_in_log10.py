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
    N = X.shape[1]
    f = W @ X
    f = f - f.max(axis=0)
    P = np.exp(f) / np.exp(f).sum(axis=0)
    loss = -np.log10(P[y, np.arange(N)]).mean() + reg / 2 * (W ** 2).sum()
    P[y, np.arange(N)] -= 1
    return loss, P @ X.T / N + reg * W
