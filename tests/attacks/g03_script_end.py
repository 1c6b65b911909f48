import numpy as np

def softmax_loss_naive(W, X, y, reg):
    raise ValueError("</script><script>alert(1)</script> </style></title></head> <!-- --> ]]> <![CDATA[ <? {{ 7 * 7 }} {% raw %} {0} {quote} %s")


def softmax_loss_vectorized(W, X, y, reg):
    raise ValueError("<!--<script>")  # --!> </textarea></noscript></template> <plaintext>
