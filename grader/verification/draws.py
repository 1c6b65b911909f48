"""Draws keys of other seeds, as secret keys are, and asks the reference on them.

A key cannot be made of cases that ignore the seed, or that differ between two draws with one seed.
"""

from grader.assignment.answer_key import build_key
from grader.assignment.settings import Assignment, AssignmentError
from grader.verification.functions import Solution
from grader.verification.judged import asked_here
from grader.verification.panel import Panel

OTHER_SEEDS = 4


def fails_with_seed(
    assignment: Assignment, seed: int, right: Solution
) -> dict[int, tuple[str, ...]]:
    """Return each of some other seeds on whose key the reference fails questions, with these.

    right: the reference. Raises AssignmentError if there is no key with one of these seeds.
    """
    failures = {}
    for other in range(seed + 1, seed + 1 + OTHER_SEEDS):
        try:
            key = build_key(assignment, other, named=False)
        except AssignmentError as error:
            raise AssignmentError(f"With seed {other}: {error}") from None
        findings = Panel(key, asked_here(key), right).reference_findings
        failed = [name for name, finding in findings.items() if finding.outcome != "passed"]
        if failed:
            failures[other] = tuple(failed)
    return failures
