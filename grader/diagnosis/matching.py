"""Finds the sets of known mistakes that give the numbers of each factor.

What a mistake is named by is its numbers. That a function gives none for some inputs, as the
mistake would, says which of several fits better, but is no evidence by itself: a function may raise
for a reason of its own. Where no mistake that its numbers speak for raises in the same cases, the
numbers of the other cases decide.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from grader.diagnosis.factors import Factor
from grader.diagnosis.search import NO_MISTAKE, Mistakes
from grader.model import Array, FactorTable

ZERO = 1e-7  # numbers below this share of the right ones are zero up to rounding
MAX_MATCHES = 2000  # sets that are considered for one factor: three times what any mistake has


class Comparison(NamedTuple):
    """A factor of a function, and the table of what known mistakes make of it."""

    factor: Factor
    table: FactorTable  # on the cases that the function was asked
    match_tolerance: float  # relative error up to which numbers match those of a mistake
    right_tolerance: float  # relative error up to which they are right

    @property
    def right(self) -> Array:
        return np.asarray(self.table.numbers[0])

    def is_observed(self) -> bool:
        """Is there a finite number? Without one it would match every mistake that has none."""
        return bool(self.factor.given.any()) and bool(np.isfinite(self.factor.numbers).any())

    def is_complete(self) -> bool:
        """Does the function give numbers in every case in which the right one does?"""
        return bool((self.factor.given | ~self.table.given[0]).all())

    def is_right(self) -> bool:
        """Is it near row 0 of the table, which is right, in every case?

        One that has no twin for the knob has no right numbers either, and does not count.
        """
        return self.is_complete() and self.is_right_where_given()

    @np.errstate(all="ignore")
    def is_right_where_given(self) -> bool:
        errors = np.abs(self.right - self.factor.numbers) / self.scales()
        is_open = np.isnan(self.right) | ~self.columns_given()
        return bool(((errors <= self.right_tolerance) | is_open).all())

    def columns_given(self) -> Array:
        """For each number: is it of a case for which the function gives numbers?"""
        return np.repeat(self.factor.given, self.factor.widths)

    def scales(self) -> Array:
        """The scales of relative errors. If the factor is zero, a share of the right numbers."""
        least = ZERO * np.nanmax(np.abs(self.right), initial=0.0)
        scales = np.maximum(self.factor.scales, least)
        return np.where(scales > 0, scales, 1.0)


class Matching(NamedTuple):
    """The sets of mistakes that give the numbers of each factor."""

    sets: dict[str, tuple[Mistakes, ...]]  # by factor
    # Factors of which only the given numbers match: why the others are missing is not known.
    in_part: frozenset[str]


def matching_sets(comparisons: Mapping[str, Comparison], names: Sequence[str]) -> Matching:
    """The sets of at most two mistakes that give the numbers of each factor, in its table's order.

    The empty set comes first if the factor is right, even if it is too imprecise to match row 0.
    names: Signatures.names.
    """
    rows = {factor: _rows_alike(each) for factor, each in comparisons.items()}
    supported = set(range(len(names)))
    if not all(each.is_complete() for each in comparisons.values()):
        supported = set[int]().union(
            *[_supported_members(each, rows[factor]) for factor, each in comparisons.items()]
        )
    matches, in_part = {}, set[str]()
    for factor, comparison in comparisons.items():
        found = _sets_of(comparison, rows[factor], supported)
        sets = [NO_MISTAKE] if comparison.is_right_where_given() else []
        if not found and not comparison.is_complete():
            where_given = _rows_where_given(comparison)
            members = _supported_members(comparison, where_given)
            found = _sets_of(comparison, where_given, supported | members)
            in_part.add(factor)
        sets += [frozenset(names[member] for member in each) for each in found]
        matches[factor] = tuple(dict.fromkeys(sets))[:MAX_MATCHES]
    return Matching(matches, frozenset(in_part))


def _rows_alike(comparison: Comparison) -> Array:
    """The rows that have these numbers, and have none in the same cases."""
    table = comparison.table
    rows = _rows_near(comparison, np.ones(table.numbers.shape[1], bool))
    return np.asarray(rows[(table.given[rows] == comparison.factor.given).all(axis=1)])


def _rows_where_given(comparison: Comparison) -> Array:
    """The rows that have these numbers in the cases for which the function gives any."""
    given = comparison.factor.given
    rows = _rows_near(comparison, comparison.columns_given())
    return np.asarray(rows[comparison.table.given[rows][:, given].all(axis=1)])


@np.errstate(all="ignore")
def _rows_near(comparison: Comparison, columns: Array) -> Array:
    """The rows whose numbers in these columns (bool) are those of the factor."""
    factor, table = comparison.factor, comparison.table
    scales = comparison.scales()
    rows = np.arange(len(table.numbers))
    # Column by column: few rows are left after the first.
    for position, column in enumerate(np.flatnonzero(columns)):
        number = factor.numbers[column]
        candidates = table.numbers[:, column] if position == 0 else table.numbers[rows, column]
        is_close = np.abs(candidates - number) / scales[column] <= comparison.match_tolerance
        is_same = (candidates == number) | (np.isnan(candidates) & np.isnan(number))
        rows = rows[is_close | is_same]
    return rows


def _supported_members(comparison: Comparison, rows: Array) -> set[int]:
    """The mistakes in these rows that the numbers speak for, as indices of Signatures.names.

    They do for one without which the other numbers would be different, in some case for which the
    function gives numbers.
    """
    table = comparison.table
    is_given = comparison.columns_given()
    scales = comparison.scales()[is_given]
    # Where one mistake gives the numbers, two others of which one raises besides say nothing of
    # it. Two of which it is one do: it may be the other that raises.
    sizes = (table.members >= 0).sum(axis=1)
    where_given = _rows_where_given(comparison)
    smallest = sizes[where_given].min(initial=2)
    singles = table.members[where_given[sizes[where_given] == 1], 0]
    is_near = (sizes[rows] <= smallest) | (
        (smallest == 1) & np.isin(table.members[rows], singles).any(axis=1)
    )
    supported = set[int]()
    for row in rows[is_near]:
        members = [member for member in table.members[row].tolist() if member >= 0]
        for member in members:
            others = [other for other in members if other != member]
            without = table.numbers[_row_of(table, others), is_given]
            with np.errstate(all="ignore"):
                errors = np.abs(without - table.numbers[row, is_given]) / scales
            if not (errors <= comparison.match_tolerance).all():
                supported.add(member)
    return supported


def _row_of(table: FactorTable, members: Sequence[int]) -> int:
    """The row of at most one mistake; that of none, if this one does not move the factor."""
    if not members:
        return 0
    rows = np.flatnonzero((table.members[:, 0] == members[0]) & (table.members[:, 1] < 0))
    return int(rows[0]) if len(rows) else 0


def _sets_of(
    comparison: Comparison, rows: Array, supported: Collection[int]
) -> list[frozenset[int]]:
    """The mistakes of each of these rows, where all of them are supported."""
    sets = []
    for members in comparison.table.members[rows].tolist():
        mistakes = frozenset(member for member in members if member >= 0)
        if mistakes <= set(supported):
            sets.append(mistakes)
    return sets
