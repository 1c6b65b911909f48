"""Whether sentences about mistakes are true of a function's own numbers, by a reckoning of its own.

It shares no code with grader/diagnosis/claims.py: it compares whole arrays, not a few products.
"""

from collections.abc import Callable, Collection, Sequence
from typing import Any

import numpy as np

from grader.model import AnswerKey, Array, twin_of

Function = Callable[[Array, Array, Array, float], tuple[Any, Any]]


def false_sentences(
    key: AnswerKey, function: Function, causes: Collection[str], left_out: Collection[str]
) -> list[str]:
    """The causes whose sentence is shown, and claims what the function's outputs contradict."""
    outputs = [outputs_on(key, function, case) for case in cases_of(key)]
    found = []
    for cause in causes:
        texts = {
            key.words[each]["misconceptions"][cause].get("claims", "") for each in ("en", "es")
        }
        (text,) = texts  # the same in both languages
        for claim in filter(None, text.split("; ")):
            factor, relation, value = claim.split(" ", 2)
            assert (relation, value) == ("=", "0"), f"{claim}: this reckoning knows no other claims"
            numbers = [of_case[factor] for of_case in outputs if factor in of_case]
            is_true = all(np.allclose(each, 0, atol=1e-12) for each in numbers)
            if not is_true and cause not in left_out:
                found.append(f"{cause}: {claim}")
    return found


def cases_of(key: AnswerKey) -> Sequence[str]:
    assert key.signatures is not None
    return key.signatures.cases


def outputs_on(key: AnswerKey, function: Function, case: str) -> dict[str, Array]:
    """Each factor of the function on a case; those that it gives."""
    rest, twin = (_call(key, function, name) for name in (case, twin_of(case, "reg")))
    with np.errstate(all="ignore"):
        return rest | {
            f"{name}+reg": twin[name] - rest[name]
            for name in rest.keys() & twin.keys()
            if np.shape(twin[name]) == np.shape(rest[name])
        }


def _call(key: AnswerKey, function: Function, case: str) -> dict[str, Array]:
    W, X, y, reg = (np.array(key.cases[case].inputs[name]) for name in ("W", "X", "y", "reg"))
    try:
        with np.errstate(all="ignore"):
            loss, dW = function(W, X, y, float(reg))
        return {"loss": np.asarray(loss, float), "dW": np.asarray(dW, float)}
    except Exception:
        return {}
