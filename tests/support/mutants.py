"""Grade mutants of right files, and print how many of their mistakes are named: make mutants.

Each mutant is graded in the sandbox on two keys. It is named right if both keys give the same name;
a name that only one of them gives is wrong, because its stages do not give the mutant's numbers on
the other. A slip counts as told if both keys say the same of each factor that has no name. What is
not named is grouped by its numbers, the largest groups first: what stands there and could be a
student's own mistake is worth a name.
"""

import ast
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import NamedTuple

import click
import numpy as np

from grader.grading import grade
from grader.model import AnswerKey
from grader.sandbox.sandbox import Sandbox
from grader.verdict import Diagnosis, Finding, Numbers, ValueEvidence, Verdict
from tests.edits.corpus import FOLDER, FUNCTIONS, bases
from tests.support.grading import QUICK, make_key, submission_of
from tests.support.mutations import Mutant, mutants_of

SEEDS = 7, 11
# What the catalogue was not grown on: their figures say what it is worth for unknown mistakes.
HELD_OUT_BASES = ("rows_inside", "verbose", "einsum")
HELD_OUT_OPERATORS = ("order", "argument", "comparison")
VAGUE = ("slip_constant",)  # slips that are true, and do not say what the mistake is
DIGITS = 6  # of the numbers by which mutants are grouped
# none: right as far as the diagnosis can see, for example but for large scores.
ENDS = ("exact", "tie", "slip", "partial", "unknown", "none", "wrong name", "raises", "right")


class Result(NamedTuple):
    """What became of the function that was changed."""

    mutant: Mutant
    base: str
    end: str  # one of ENDS
    names: str  # the causes
    numbers: tuple[str, ...]  # what the function gave

    @property
    def is_held_out(self) -> bool:
        return self.base in HELD_OUT_BASES or self.mutant.operator in HELD_OUT_OPERATORS


@click.command()
@click.option("--base", "only", multiple=True, help="A file of tests/edits/bases; all by default.")
@click.option("--every", default=1, help="Take every n-th mutant only.")
@click.option("--groups", default=15, help="How many groups of what has no name to print.")
def main(only: tuple[str, ...], every: int, groups: int) -> None:
    """Print the figures, and what has no name."""
    results = []
    with Sandbox() as sandbox:
        for name, settings in bases().items():
            if only and name not in only:
                continue
            found = list(results_of(name, settings, sandbox, every))
            results += found
            click.echo(f"{name}: {_figures(found)}")
    click.echo()
    parts = {
        "what the catalogue was grown on": [each for each in results if not each.is_held_out],
        "other files": [each for each in results if each.base in HELD_OUT_BASES],
        "other operators": [each for each in results if each.mutant.operator in HELD_OUT_OPERATORS],
    }
    for text, part in parts.items():
        click.echo(f"{text}: {_figures(part)}")
    for operator in dict.fromkeys(each.mutant.operator for each in results):
        part = [each for each in results if each.mutant.operator == operator]
        click.echo(f"  {operator}: {_figures(part)}")
    _print_groups(results, groups)
    wrong = [each for each in results if each.end == "wrong name"]
    for each in wrong:
        click.echo(f"wrong name: {each.base}, line {each.mutant.line}, {each.names}")
    raise SystemExit(1 if wrong else 0)


def results_of(
    name: str, settings: tuple[str, ...], sandbox: Sandbox, every: int
) -> Iterator[Result]:
    """Grade the mutants of one base. Two that give the same file are one."""
    source = (FOLDER / "bases" / f"{name}.py").read_text()
    keys = [make_key(*settings, *QUICK, seed=seed, named=True) for seed in SEEDS]
    unique = {each.source: each for each in mutants_of(source, tuple(FUNCTIONS.values()))}
    for mutant in list(unique.values())[::every]:
        verdicts = [_grade(key, mutant, sandbox) for key in keys]
        yield _result(name, mutant, verdicts)


def _grade(key: AnswerKey, mutant: Mutant, sandbox: Sandbox) -> Verdict:
    return grade(key, submission_of(mutant.source), sandbox.open_program)


def _result(base: str, mutant: Mutant, verdicts: list[Verdict]) -> Result:
    findings = [each for each in verdicts[0].findings if each.function == mutant.function]
    first, second = (each.diagnosis[mutant.function] for each in verdicts)
    numbers = _numbers(findings)
    if all(each.outcome == "passed" for each in findings if each.possible):
        end = "right"
    elif not numbers:
        end = "raises"
    else:
        end = _end_of(first, second)
    names = " or ".join(" + ".join(cause) for cause in first.causes)
    return Result(mutant, base, end, names, numbers)


def _end_of(first: Diagnosis, second: Diagnosis) -> str:
    """first, second: what the two keys say of the same function."""
    if (first.causes or second.causes) and not set(first.causes) & set(second.causes):
        return "wrong name"
    told = {str(slip.values["factor"]) for slip in first.slips if slip in second.slips}
    vague = {str(slip.values["factor"]) for slip in first.slips if slip.code in VAGUE}
    if first.unexplained and told - vague >= set(first.unexplained):
        return "slip"
    return first.status


def _numbers(findings: list[Finding]) -> tuple[str, ...]:
    """What the function gave where it was wrong, to a few digits. Empty if it gave nothing."""
    return tuple(
        f"{evidence.output}{evidence.knob or ''} {_rounded(evidence.got)}"
        for finding in findings
        for evidence in finding.evidence
        if isinstance(evidence, ValueEvidence) and evidence.other is None
        if evidence.got is not None
    )


def _rounded(numbers: Numbers) -> str:
    return " ".join(np.format_float_scientific(float(each), DIGITS) for each in numbers.values)


def _figures(results: list[Result]) -> str:
    """Count the ends; the share is of those that give numbers, and wrong ones."""
    ends = Counter(each.end for each in results)
    wrong = sum(ends[end] for end in ENDS if end not in ("none", "raises", "right"))
    if not wrong:
        return f"{len(results)} mutants, none wrong"
    named = ends["exact"] + ends["slip"] + ends["tie"]
    counts = ", ".join(f"{ends[end]} {end}" for end in ENDS if ends[end])
    return f"{len(results)} mutants, {100 * named / wrong:.0f} % of {wrong} named ({counts})"


def _print_groups(results: list[Result], most: int) -> None:
    groups = defaultdict(list)
    for each in results:
        if each.end in ("unknown", "partial") and not each.is_held_out:
            groups[each.numbers].append(each)
    for members in sorted(groups.values(), key=len, reverse=True)[:most]:
        first = members[0]
        click.echo(f"{len(members)} x {first.end} {first.names}")
        for each in members[:3]:
            click.echo(f"    {each.base}, {each.mutant.operator}: {_change(each)}")


def _change(result: Result) -> str:
    """The lines that the mutant has and the base has not."""
    right = (FOLDER / "bases" / f"{result.base}.py").read_text()
    lines = {line.strip() for line in ast.unparse(ast.parse(right)).splitlines()}
    new = [line.strip() for line in result.mutant.source.splitlines() if line.strip() not in lines]
    return f"line {result.mutant.line}: {'; '.join(new)}"


if __name__ == "__main__":
    main()
