import numpy as np

def softmax_loss_naive(W, X, y, reg):
    raise ValueError('" onmouseover="alert(1)" style="position:fixed;inset:0" \' autofocus onfocus=\'alert(1) <a href=javascript:alert(1)>dW</a>')


def softmax_loss_vectorized(W, X, y, reg):
    raise KeyError("<svg/onload=alert(1)>", "&lt;b&gt; &#x3c;script&#x3e; &amp;", "<meta http-equiv=refresh content=0;url=//evil.example>")
