import numpy as np

def softmax_loss_naive(W,X,y,reg):
    loss=0.0
    dW=np.zeros(W.shape)
    n=X.shape[1]
    for i in range(n):
        xi=X[:,i]
        s=np.dot(W,xi)
        m=np.max(s)
        print s
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
    """All samples at once, with a matrix of ones and zeros for the labels."""
    classes, samples = W.shape[0], X.shape[1]
    Y = np.zeros((classes, samples))
    Y[y, np.arange(samples)] = 1.0
    logits = np.dot(W, X)
    logits = logits - logits.max(axis=0, keepdims=True)
    Z = np.exp(logits).sum(axis=0, keepdims=True)
    log_probabilities = logits - np.log(Z)
    loss = -np.sum(Y * log_probabilities) / samples + 0.5 * reg * np.sum(np.square(W))
    gradient = np.dot(np.exp(log_probabilities) - Y, X.T) / samples + reg * W
    return loss, gradient
