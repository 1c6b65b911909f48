"""The reference for the softmax assignment: the full-marks submission, run as any other is.

The loss
--------
With one sample x (a column of X), scores s = W x and label t, the cross-entropy of the softmax is

    L(s) = -log( exp(s_t) / sum_k exp(s_k) ) = log( sum_k exp(s_k) ) - s_t .

The data loss is the mean of L over the N samples. The regularization 0.5 * reg * sum(W * W) is
added to it once.

Its gradient
------------
By the chain rule, for class j:

    dL/ds_j = exp(s_j) / sum_k exp(s_k) - [j = t] = p_j - [j = t] ,

because d/ds_j log(sum_k exp(s_k)) = exp(s_j) / sum_k exp(s_k). Every class stands in that sum, so
every row of dW moves, not only the row of the right class. Since s_j = w_j . x, ds_j/dw_j = x and
no other row of W touches s_j. Hence

    dL/dw_j = (p_j - [j = t]) x ,    dW = mean over samples of (p - onehot(t)) x^T  +  reg * W .

(The rows of the data part sum to zero, because the p_j sum to one.)

Large scores
------------
exp overflows in float64 above 709. Subtracting m = max_k s_k from every score of a sample leaves p
and L as they are,

    log( sum_k exp(s_k) ) = m + log( sum_k exp(s_k - m) ) ,

and makes the largest exponent 0. The shift belongs to a sample: one shift for all samples lets the
small ones underflow. Taking the logarithm of the sum, and never of a probability, keeps the loss
finite where p_t underflows to 0.
"""

import numpy as np


def softmax_loss_naive(W, X, y, reg):
    """Softmax loss and gradient with explicit loops.

    W: (C, D), the weights. X: (D, N), a sample in each column. y: (N,), labels in 0..C-1.
    reg: regularization strength. Returns (loss, dW): a float and an array of W's shape.
    """
    num_classes, num_samples = W.shape[0], X.shape[1]
    loss = 0.0
    dW = np.zeros(W.shape)
    for i in range(num_samples):
        x = X[:, i]
        scores = W.dot(x)
        shifted = scores - np.max(scores)
        total = 0.0
        for k in range(num_classes):
            total += np.exp(shifted[k])
        loss += np.log(total) - shifted[y[i]]
        for j in range(num_classes):
            dW[j] += (np.exp(shifted[j]) / total - (j == y[i])) * x
    loss = loss / num_samples + 0.5 * reg * np.sum(W * W)
    dW = dW / num_samples + reg * W
    return loss, dW


def softmax_loss_vectorized(W, X, y, reg):
    """The same numbers as softmax_loss_naive, without a Python loop over samples or classes."""
    num_samples = X.shape[1]
    samples = np.arange(num_samples)
    scores = W.dot(X)
    shifted = scores - np.max(scores, axis=0)
    exponentials = np.exp(shifted)
    totals = np.sum(exponentials, axis=0)
    loss = np.mean(np.log(totals) - shifted[y, samples]) + 0.5 * reg * np.sum(W * W)
    dscores = exponentials / totals
    dscores[y, samples] -= 1.0
    dW = dscores.dot(X.T) / num_samples + reg * W
    return loss, dW
