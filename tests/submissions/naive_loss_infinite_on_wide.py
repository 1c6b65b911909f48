import numpy as np

def softmax_loss_naive(W, X, y, reg):
    C, N = W.shape[0], X.shape[1]
    correct = np.zeros(max(C, N))       # probability of the right class
    dW = np.zeros(W.shape)
    for i in range(N):
        scores = W.dot(X[:, i])
        scores -= scores.max()
        p = np.exp(scores) / np.sum(np.exp(scores))
        correct[i] = p[y[i]]
        for j in range(C):
            dW[j] += (p[j] - (y[i] == j)) * X[:, i]
    loss = np.mean(-np.log(correct)) + 0.5 * reg * np.sum(W * W)
    return loss, dW / N + reg * W

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
