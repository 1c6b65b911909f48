"""Compare this checkout with another one: what grading costs, in runs that take turns.

    python -m benchmarks.compare ../before [cold] [more] [cell] [--runs 9] [--students 100]

cold   one submission in a new process, with its report: wall time, and CPU time of all processes
more   CPU time of one more submission in a batch: a class of many less a class of a few
cell   a call of a student's function in the sandbox

The other checkout has an environment of its own in .venv. CPU times are those of a control group,
which counts every process, also those that nobody reaps; they need the right to make one. So other
programs on the machine disturb less, and both checkouts alike. Medians; the quotient of each pair.
"""

import argparse
import itertools
import json
import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple, TypeVar

from benchmarks.students import write_students

HERE = Path(__file__).resolve().parent
STUDENT = HERE / "student.py"
FEW = 20  # students of the small class
GROUPS = Path("/sys/fs/cgroup")
Measured = TypeVar("Measured")
LIMITS = {"cold": 1.0, "more": 0.80}


class Seconds(NamedTuple):
    wall: float
    cpu: float  # of all processes


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("other", type=Path)
    parser.add_argument("figures", nargs="*", default=["cold", "more", "cell"])
    parser.add_argument("--runs", type=int, default=9)
    parser.add_argument("--students", type=int, default=100)
    arguments = parser.parse_args()
    checkouts = (arguments.other.resolve(), HERE.parent)
    with tempfile.TemporaryDirectory(prefix="grader-compare-") as name:
        for figure in arguments.figures:
            if figure == "cold":
                cold(checkouts, Path(name), arguments.runs)
            elif figure == "more":
                one_more(checkouts, Path(name), arguments.runs, arguments.students)
            else:
                cell(checkouts, arguments.runs)


def cold(checkouts: Sequence[Path], folder: Path, runs: int) -> None:
    def grade(checkout: Path) -> Seconds:
        report = folder / "report.html"
        return cost_of(checkout, "-m", "grader", "grade", str(STUDENT), "--html", str(report))

    pairs = take_turns(grade, checkouts, runs)
    print_figure("cold, CPU", "ms", [(1e3 * a.cpu, 1e3 * b.cpu) for a, b in pairs], LIMITS["cold"])
    print_figure("cold, wall", "ms", [(1e3 * a.wall, 1e3 * b.wall) for a, b in pairs])


def one_more(checkouts: Sequence[Path], folder: Path, runs: int, students: int) -> None:
    few = write_students(folder / "few", FEW)
    many = write_students(folder / "many", FEW + students)
    numbers = itertools.count()

    def batch(checkout: Path) -> float:
        costs = []
        for source in (few, many):
            out = str(folder / f"run{next(numbers)}")
            command = ("-m", "grader", "batch", str(source), "--out", out, "--seed", "7")
            costs.append(cost_of(checkout, *command).cpu)
        return 1e3 * (costs[1] - costs[0]) / students

    print_figure("one more, CPU", "ms", take_turns(batch, checkouts, runs), LIMITS["more"])


def cell(checkouts: Sequence[Path], runs: int) -> None:
    def measure(checkout: Path) -> dict[str, float]:
        done = run(checkout, [str(HERE / "cell.py")])
        figures: dict[str, float] = json.loads(done.stdout)
        return figures

    pairs = take_turns(measure, checkouts, runs)
    for name in ("request", "call"):
        print_figure(f"cell, one {name}", "us", [(a[name], b[name]) for a, b in pairs])


def take_turns(
    measure: Callable[[Path], Measured], checkouts: Sequence[Path], runs: int
) -> list[tuple[Measured, Measured]]:
    """Measure the other checkout and this one in turn. The first turn fills the caches."""
    pairs = []
    for number in range(runs + 1):
        other, ours = (measure(checkout) for checkout in checkouts)
        if number:
            pairs.append((other, ours))
    return pairs


def print_figure(
    name: str, unit: str, pairs: Sequence[tuple[float, float]], limit: float | None = None
) -> None:
    before = statistics.median(other for other, _ in pairs)
    now = statistics.median(ours for _, ours in pairs)
    quotient = statistics.median(ours / other for other, ours in pairs)
    aim = f" (at most {limit:.2f})" if limit else ""
    difference = statistics.median(ours - other for other, ours in pairs)
    print(
        f"{name}: {before:.1f} {unit} before, {now:.1f} now, {difference:+.1f}; "
        f"{quotient:.2f} of before{aim}"
    )


def cost_of(checkout: Path, *arguments: str) -> Seconds:
    with control_group() as (group, cpu_seconds):
        start = time.perf_counter()
        run(checkout, arguments, group)
        return Seconds(time.perf_counter() - start, cpu_seconds())


def run(
    checkout: Path, arguments: Sequence[str], group: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run Python in a checkout. Exit codes 0 and 1 are those of a graded submission."""
    command = [str(checkout / ".venv/bin/python"), *arguments]
    environment = {**os.environ, "PYTHONPATH": str(checkout)}
    join = 'echo $$ >"$0/cgroup.procs"; exec "$@"'
    if group is not None:
        command = ["/bin/sh", "-c", join, str(group), *command]
    done = subprocess.run(
        command, cwd=checkout, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode not in (0, 1):
        raise SystemExit(f"{' '.join(command)} ended with {done.returncode}: {done.stderr}")
    return done


@contextmanager
def control_group() -> Iterator[tuple[Path, Callable[[], float]]]:
    """Make a control group, and yield it with a function that returns its CPU seconds."""
    parents = [each for each in (GROUPS / "cpuacct", GROUPS) if (each / "cgroup.procs").exists()]
    if not parents:
        raise SystemExit(f"{GROUPS} has no control groups: CPU times cannot be measured here.")
    parent = parents[0]
    group = Path(tempfile.mkdtemp(prefix="grader-bench-", dir=parent))

    def cpu_seconds() -> float:
        usage = group / "cpuacct.usage"
        if usage.exists():
            return int(usage.read_text()) / 1e9
        stat = dict(line.split() for line in (group / "cpu.stat").read_text().splitlines())
        return int(stat["usage_usec"]) / 1e6

    try:
        yield group, cpu_seconds
    finally:
        while (group / "cgroup.procs").read_text():
            time.sleep(0.01)  # what is ended needs a moment
        group.rmdir()


if __name__ == "__main__":
    main()
