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

def softmax_loss_vectorized(weights, data, labels, strength):
    count = len(labels)
    rows = np.arange(count)
    scores = data.T.dot(weights.T)          # one row per sample
    scores = scores - scores.max(axis=1).reshape(-1, 1)
    exponentials = np.exp(scores)
    probabilities = exponentials / exponentials.sum(axis=1).reshape(-1, 1)
    loss = np.mean(-np.log(probabilities[rows, labels]))
    difference = probabilities.copy()
    difference[rows, labels] -= 1.0
    gradient = difference.T.dot(data.T) / count
    return loss, gradient
