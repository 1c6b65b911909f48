"""Every two mistakes of the catalogue together: what is said of them is so.

That takes minutes, so `make sweeps` runs it, and not `make test`.
"""

from itertools import combinations, islice

import pytest

from grader.diagnosis.diagnose import diagnosis_of
from tests.support.claims import false_sentences
from tests.support.grading import make_key
from tests.support.misconceptions import MISCONCEPTIONS, function_with, solution_with

KEY = make_key(named=True)
SLICES = 8
# A mistake, and two others that together are the same: a reading with these is as true.
SAME = {"dW_never_written": ("grad_zero", "rg_missing")}


@pytest.mark.timeout(600)
@pytest.mark.parametrize("start", range(SLICES))
def test_no_sentence_is_false_of_two_mistakes(start: int) -> None:
    """And of what is named, nothing is wrong: two mistakes are themselves, or what they look like.

    Where they are named together or as a tie, they are among the readings.
    """
    signatures = KEY.signatures
    assert signatures is not None
    false, misnamed, named = [], [], 0
    for one, other in islice(combinations(signatures.names, 2), start, None, SLICES):
        if MISCONCEPTIONS[one].keys() & MISCONCEPTIONS[other].keys():
            continue
        solution = solution_with(KEY, one, other)
        diagnosis = diagnosis_of(KEY, signatures, function_with(KEY, solution), [])
        causes = {name for cause in diagnosis.causes for name in cause}
        false += false_sentences(KEY, solution, causes, diagnosis.contradicted)
        readings = {frozenset(cause) for cause in diagnosis.causes}
        named += {one, other} in readings
        if frozenset((*SAME.get(one, (one,)), *SAME.get(other, (other,)))) in readings:
            continue
        smallest = min(map(len, readings), default=2)
        if diagnosis.status in ("exact", "tie") and smallest > 2:
            misnamed.append((one, other, diagnosis.causes))
    assert false == []
    assert misnamed == []
    assert named > 1000
