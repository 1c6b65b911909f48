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
    return average + penalty, gradient / number_of_samples + strength * weights

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
    gradient = np.dot(np.exp(log_probabilities) * Y - Y, X.T) / samples + reg * W
    return loss, gradient
