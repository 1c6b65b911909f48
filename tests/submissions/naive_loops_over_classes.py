import numpy as np

def softmax_loss_naive(W, X, y, reg):
    C, N = W.shape[0], X.shape[1]
    scores = np.zeros((C, N))
    for j in range(C):
        scores[j] = W[j].dot(X)
    scores -= scores.max(axis=0)
    totals = np.zeros(N)
    for j in range(C):
        totals += np.exp(scores[j])
    loss, dW = np.log(totals).sum(), np.zeros(W.shape)
    for j in range(C):
        mine = y == j
        loss -= scores[j][mine].sum()
        dW[j] = X.dot(np.exp(scores[j]) / totals - mine)
    return loss / N + 0.5 * reg * np.sum(W * W), dW / N + reg * W

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
