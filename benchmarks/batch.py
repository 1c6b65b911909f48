"""What a batch costs, gradebook and pages included, beside benchmarks/bare_script.py. Medians.

    python -m benchmarks.batch [--runs 3] [--students 200]

CPU time is measured for the whole machine, so nothing else should be running. The load of other
programs is measured first, and printed.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from benchmarks.students import write_students

HERE = Path(__file__).resolve().parent
QUIET_SECONDS = 3.0


class Cost(NamedTuple):
    """The cost of a command."""

    cpu: float  # seconds, of the whole machine
    wall: float  # seconds


def cost_of(command: Sequence[str]) -> Cost:
    busy_before, began = busy_seconds(), time.perf_counter()
    done = subprocess.run(
        command, cwd=HERE.parent, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False
    )
    cost = Cost(busy_seconds() - busy_before, time.perf_counter() - began)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(command)} ended with {done.returncode}")
    return cost


def busy_seconds() -> float:
    """CPU seconds that this machine has been busy: user, nice, system, irq, softirq and steal.

    See proc_stat(5).
    """
    fields = list(map(int, Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]))
    return sum(fields[i] for i in (0, 1, 2, 5, 6, 7)) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--students", type=int, default=200)
    arguments = parser.parse_args()
    print_other_load()
    students = arguments.students
    bare_command = [sys.executable, str(HERE / "bare_script.py"), str(HERE / "student.py")]
    bare: list[Cost] = []
    batches: list[Cost] = []
    with tempfile.TemporaryDirectory(prefix="grader-bench-") as name:
        source = write_students(Path(name) / "class", students)
        batch_command = [sys.executable, "-m", "grader", "batch", str(source), "--out"]
        for run in range(arguments.runs):
            bare.append(cost_of(bare_command))
            batches.append(cost_of([*batch_command, f"{name}/run{run}"]))
        nothing = cost_of([*batch_command, f"{name}/run0"])
    cpu = 1e3 * statistics.median(cost.cpu for cost in batches) / students
    wall = 1e3 * statistics.median(cost.wall for cost in batches) / students
    print(
        f"batch of {students}: {cpu:.1f} ms CPU each (limit 25), {wall:.1f} ms wall each (limit 14)"
    )
    bare_cpu = 1e3 * statistics.median(cost.cpu for cost in bare)
    ratio = statistics.median(
        one.cpu * students / batch.cpu for one, batch in zip(bare, batches, strict=True)
    )
    print(f"    the bare script needs {bare_cpu:.0f} ms CPU: {ratio:.1f} x as much (at least 20)")
    print(
        f"    once more with nothing to do: {1e3 * nothing.cpu:.0f} ms CPU, "
        f"{1e3 * nothing.wall:.0f} ms wall"
    )


def print_other_load() -> None:
    """Print how busy the machine is before anything is measured."""
    before = busy_seconds()
    time.sleep(QUIET_SECONDS)
    share = (busy_seconds() - before) / QUIET_SECONDS
    print(f"beside this: {100 * share:.0f} % of one core is busy")


if __name__ == "__main__":
    main()
