import sys
import numpy as np

print("softmax.py loaded")

def softmax_loss_naive(W, X, y, reg):
    print("W", W.shape, "X", X.shape, "reg", reg)
    loss, dW = 0.0, np.zeros_like(W)
    for i in range(X.shape[1]):
        s = W.dot(X[:, i]); s -= s.max()
        p = np.exp(s) / np.sum(np.exp(s))
        print("sample", i, "label", y[i], "p", p)
        loss -= np.log(p[y[i]])
        for j in range(len(p)):
            dW[j] += (p[j] - (j == y[i])) * X[:, i]
            sys.stdout.write("row %d: %s\n" % (j, dW[j]))
    print("=" * 1000)
    print("warning: this is slow", file=sys.stderr)
    sys.stderr.flush()
    return loss / X.shape[1] + .5 * reg * np.sum(W * W), dW / X.shape[1] + reg * W

def softmax_loss_vectorized(W, X, y, reg):
    n = X.shape[1]
    s = W.dot(X)
    print("scores", s.shape, flush=True)
    s -= s.max(0)
    p = np.exp(s); p /= p.sum(0)
    loss = -np.mean(np.log(p[y, np.arange(n)])) + .5 * reg * np.sum(W * W)
    p[y, np.arange(n)] -= 1
    sys.stderr.write("done\n")
    return loss, p.dot(X.T) / n + reg * W
