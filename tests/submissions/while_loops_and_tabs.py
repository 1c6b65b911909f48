import numpy as np
def softmax_loss_naive(W, X, y, reg):
	n = X.shape[1]; c = W.shape[0]
	loss = 0.0; dW = 0.0 * W
	i = 0
	while i < n:
		s = W.dot(X[:, i]); s = s - s.max(); e = np.exp(s); t = e.sum()
		loss = loss - np.log(e[y[i]] / t)
		j = 0
		while j < c:
			dW[j] = dW[j] + e[j] / t * X[:, i]
			if j == y[i]: dW[j] = dW[j] - X[:, i]
			j += 1
		i += 1
	return (loss / n + reg * 0.5 * np.sum(W * W), dW / n + W * reg)
def softmax_loss_vectorized(W, X, y, reg):
	n = X.shape[1]; s = W.dot(X); s = s - s.max(axis=0); e = np.exp(s); p = e / e.sum(axis=0)
	i = np.arange(n); loss = -np.log(p[y, i]).sum() / n; p[y, i] = p[y, i] - 1
	return (loss + reg * 0.5 * np.sum(W * W), p.dot(X.T) / n + W * reg)
