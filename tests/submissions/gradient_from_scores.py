import numpy as np

def softmax_loss_naive(W, X, y, reg):
    """One sample after the other."""
    gradient = np.zeros(W.shape)
    losses = []
    for x, label in zip(X.T, y):
        logits = np.array([w.dot(x) for w in W])
        logits = logits - max(logits)
        weights = np.exp(logits)
        probabilities = weights / sum(weights)
        losses.append(-np.log(probabilities[label]))
        for k, p in enumerate(probabilities):
            gradient[k] += p * x
        gradient[label] -= x
    samples = len(losses)
    loss = sum(losses) / samples + 0.5 * reg * np.sum(np.square(W))
    return loss, gradient / samples + reg * W

def softmax_loss_vectorized(W,X,y,reg):
    n=X.shape[1]
    s=np.dot(W,X)
    s=s-np.max(s,axis=0)
    es=np.exp(s)
    tot=np.sum(es,axis=0)
    right=s[y,np.arange(n)]
    loss=np.sum(np.log(tot)-right)/n+0.5*reg*np.sum(W*W)
    pr=s.copy()
    pr[y,np.arange(n)]-=1   # minus one for the right class
    dW=np.dot(pr,X.T)/n+reg*W
    return loss,dW
