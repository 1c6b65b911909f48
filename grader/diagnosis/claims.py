"""What sentences about mistakes claim about a function's final numbers, and whether that is so.

A sentence that is true of a mistake alone may be false in company: a loss that is "below 0" need
not be if its sign is wrong, too. So a sentence that speaks of the outputs, and not of a step on the
way to them, declares what it claims in [misconceptions.*], for example

    claims = "dW = 0; dW+reg = 1/N * right"

A claim names a factor, how it compares, and with what: 0, the right numbers, or a multiple of these
by a number or by a size such as N or 1/(N*C). `<` and `>` are for outputs that are one number.
"""

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from grader.diagnosis.matching import Comparison
from grader.diagnosis.multiples import Sizes
from grader.model import Array, Words

PRECISION = 1e-6  # relative: what a claim calls equal
CLAIM = re.compile(r"(\S+) ([=<>]) (?:(0)|(?:(\S+) \* )?right)")


class ClaimError(Exception):
    """A claim that cannot be read. The text says why."""


class Claim(NamedTuple):
    """A factor equals, or is less or greater than, so many times the right numbers."""

    factor: str
    relation: str  # =, < or >
    times: str  # a number or the name of a size: see grader.diagnosis.multiples.sizes_of

    def holds(self, comparison: Comparison, sizes: Sequence[Sizes]) -> bool:
        """Is it true in every case for which the function gives numbers? sizes: of each case."""
        cases = zip(
            comparison.factor.by_case(comparison.factor.numbers),
            comparison.factor.by_case(comparison.right),
            comparison.factor.by_case(comparison.scales()),
            comparison.factor.given,
            sizes,
            strict=True,
        )
        return all(
            self._holds_in(numbers, right, scales, of_case)
            for numbers, right, scales, is_given, of_case in cases
            if is_given and not np.isnan(right).all()
        )

    @np.errstate(all="ignore")
    def _holds_in(self, numbers: Array, right: Array, scales: Array, sizes: Sizes) -> bool:
        claimed = right * (sizes[self.times] if self.times in sizes else float(self.times))
        rest = numbers - claimed
        if self.relation == "=":
            largest = np.maximum(scales, np.maximum(np.abs(claimed), np.abs(right)))
            return bool((np.abs(rest) <= PRECISION * largest).all())
        return bool((rest < 0 if self.relation == "<" else rest > 0).all())


def read_claims(text: str) -> tuple[Claim, ...]:
    """Read claims that are separated by semicolons. Raises ClaimError."""
    claims = []
    for each in filter(None, map(str.strip, text.split(";"))):
        found = CLAIM.fullmatch(each)
        if found is None:
            raise ClaimError(f"{each!r} is no claim")
        factor, relation, zero, times = found.groups()
        claims.append(Claim(factor, relation, zero or times or "1"))
    return tuple(claims)


def contradicted(
    causes: Sequence[str],
    words: Words,
    comparisons: Mapping[str, Comparison],
    sizes: Sequence[Sizes],
) -> tuple[str, ...]:
    """Those of the causes whose sentence claims what these numbers contradict.

    words: of the key, by language. A factor without numbers contradicts nothing.
    """
    return tuple(
        cause
        for cause in causes
        if not all(
            claim.holds(comparisons[claim.factor], sizes)
            for claim in _claims_of(cause, words)
            if claim.factor in comparisons
        )
    )


def _claims_of(cause: str, words: Words) -> set[Claim]:
    """What its sentences claim, in any language."""
    tables = [own.get("misconceptions", {}) for own in words.values() if isinstance(own, Mapping)]
    texts = [str(table.get(cause, {}).get("claims", "")) for table in tables]
    return {claim for text in texts for claim in read_claims(text)}
