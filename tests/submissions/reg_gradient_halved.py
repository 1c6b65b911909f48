import numpy as np

def softmax_loss_naive(weights, data, labels, strength):
    number_of_classes, number_of_features = weights.shape
    number_of_samples = data.shape[1]
    total_loss = 0.0
    gradient = np.zeros((number_of_classes, number_of_features))
    for sample in range(number_of_samples):
        features = data[:, sample]
        scores = weights.dot(features)
        scores = scores - np.amax(scores)
        probabilities = np.exp(scores) / np.sum(np.exp(scores))
        total_loss = total_loss - np.log(probabilities[labels[sample]])
        difference = probabilities.copy()
        difference[labels[sample]] -= 1.0
        for row in range(number_of_classes):
            gradient[row] += difference[row] * features
    average = total_loss / number_of_samples
    penalty = 0.5 * strength * np.sum(weights ** 2)
    return average + penalty, gradient / number_of_samples + 0.5 * strength * weights

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
