"""Small assignments of other shapes than softmax, written into a folder."""

from pathlib import Path

# A gradient of a number, and nothing else: no knobs, no layouts.
LOGISTIC = {
    "assignment.toml": """
title = "Logistic"
file = "logistic.py"
seed = 1

[inputs]
w = "D"
X = "N x D"
y = "N of labels"

[functions.f]
call = "loss, dw = logistic_loss(w, X, y)"
outputs = ["loss", "dw"]
gradients = { dw = "loss by w" }

[questions]
"f.loss" = { points = 5, check = "value", output = "loss", cases = ["small", "wide"] }
"f.gradient" = { points = 5, check = "value", output = "dw", cases = ["small", "wide"] }
"f.slope" = { points = 5, check = "slope", cases = ["small"] }
""",
    "cases.py": """
import numpy as np


def cases(random):
    return {name: draw(random, *sizes) for name, sizes in {"small": (7, 5), "wide": (4, 6)}.items()}


def draw(random, N, D):
    return {
        "w": random.standard_normal(D),
        "X": random.standard_normal((N, D)),
        "y": random.permutation(np.arange(N) % 2),
    }
""",
    "logistic.py": """
import numpy as np


def logistic_loss(w, X, y):
    scores = X @ w
    chances = 1 / (1 + np.exp(-scores))
    loss = np.mean(np.log(1 + np.exp(scores)) - y * scores)
    return loss, X.T @ (chances - y) / len(y)
""",
}

# Two files that import each other, a class, several lines of a call, cotangents, two functions that
# give one output.
LAYERS = {
    "assignment.toml": """
title = "Layers"
files = ["cs231n/layers.py", "cs231n/classifiers/net.py"]
seed = 1

[inputs]
x = "N x D"
w = "D x M"
dout = "N x M"
reg = "number"

[knobs]
reg = 0.3

[functions.forward]
call = "out, _ = forward(x, w)"
outputs = ["out"]

[functions.backward]
call = '''
out, cache = forward(x, w)
dx, dw = backward(dout, cache)
'''
outputs = ["out", "dx", "dw"]
gradients = { dx = "out . dout by x", dw = "out . dout by w" }

[functions.net]
call = '''
net = Net(reg=reg)
net.params = {"w": w}
loss, grads = net.loss(x)
dW = grads["w"]
'''
outputs = ["loss", "dW"]
gradients = { dW = "loss by w" }

[questions]
"forward.out" = { points = 1, check = "value", cases = ["small"] }
"backward.dx" = { points = 1, check = "value", output = "dx", cases = ["small"] }
"backward.slope" = { points = 1, check = "slope", cases = ["small"] }
"net.loss" = { points = 1, check = "value", cases = ["net"] }
"net.reg" = { points = 1, check = "effect", cases = ["net"] }
""",
    "cases.py": """
def cases(random):
    n = random.standard_normal
    return {
        "small": {"x": n((5, 3)), "w": n((3, 4)), "dout": n((5, 4))},
        "net": {"x": n((2, 3)), "w": n((3, 5))},
    }
""",
    "layers.py": """
import numpy as np


def forward(x, w):
    return np.tanh(x @ w), (x, w)


def backward(dout, cache):
    x, w = cache
    dscores = dout * (1 - np.tanh(x @ w) ** 2)
    return dscores @ w.T, x.T @ dscores
""",
    "net.py": """
import numpy as np
from cs231n.layers import *
from ..layers import forward as again


class Net:
    def __init__(self, reg):
        self.reg, self.params = reg, {}

    def loss(self, x):
        out, cache = forward(x, self.params["w"])
        assert again is forward
        _, dw = backward(out, cache)
        w = self.params["w"]
        return np.sum(out * out) / 2 + self.reg * np.sum(w * w), {"w": dw + 2 * self.reg * w}
""",
}


def write(folder: Path, files: dict[str, str], **changed: str) -> Path:
    """Write the files of an assignment. changed: other texts, cases_py for cases.py."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        folder.joinpath(name).write_text(text.lstrip("\n"), encoding="utf-8")
    for name, text in changed.items():
        stem, _, ending = name.rpartition("_")
        folder.joinpath(f"{stem}.{ending}").write_text(text.lstrip("\n"), encoding="utf-8")
    return folder


def change(file: Path, old: str, new: str) -> None:
    """Replace a text that the file holds once."""
    text = file.read_text(encoding="utf-8")
    assert text.count(old) == 1, old
    file.write_text(text.replace(old, new), encoding="utf-8")
