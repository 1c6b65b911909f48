"""What a batch of 200 costs, gradebook and pages included, beside benchmarks/bare_script.py in the same run. Medians.

    python -m benchmarks.batch [--runs 3] [--students 200]

CPU time is that of the whole machine, whoever used it: nothing else should be running. What runs beside is measured first, and printed.
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
    """Seconds."""

    cpu: float
    wall: float


def cost(command: Sequence[str]) -> Cost:
    before, began = machine(), time.perf_counter()
    done = subprocess.run(
        command, cwd=HERE.parent, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False
    )
    spent = Cost(machine() - before, time.perf_counter() - began)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(command)} ended with {done.returncode}")
    return spent


def machine() -> float:
    """CPU seconds that this machine has been busy, see proc_stat(5): user, nice, system, irq, softirq, steal."""
    fields = list(map(int, Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]))
    return sum(fields[i] for i in (0, 1, 2, 5, 6, 7)) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--students", type=int, default=200)
    given = parser.parse_args()
    pairs, beside = [], machine()
    time.sleep(QUIET_SECONDS)
    print(f"beside this: {100 * (machine() - beside) / QUIET_SECONDS:.0f} % of one core is busy")
    with tempfile.TemporaryDirectory(prefix="grader-bench-") as name:
        source = write_students(Path(name) / "class", given.students)
        for run in range(given.runs):
            bare = cost([sys.executable, str(HERE / "bare_script.py"), str(HERE / "student.py")])
            whole = cost(
                [sys.executable, "-m", "grader", "batch", str(source), "--out", f"{name}/run{run}"]
            )
            pairs.append((Cost(whole.cpu / given.students, whole.wall / given.students), bare))
        nothing = cost(
            [sys.executable, "-m", "grader", "batch", str(source), "--out", f"{name}/run0"]
        )
    cpu, wall = (1e3 * statistics.median(mine[clock] for mine, _ in pairs) for clock in (0, 1))
    ratio = statistics.median(bare.cpu / mine.cpu for mine, bare in pairs)
    print(
        f"batch of {given.students}: {cpu:.1f} ms CPU each (limit 25), {wall:.1f} ms wall each (limit 14)"
    )
    alone = 1e3 * statistics.median(bare.cpu for _, bare in pairs)
    print(f"    the bare script needs {alone:.0f} ms CPU: {ratio:.1f} x as much (at least 20)")
    print(
        f"    once more with nothing to do: {1e3 * nothing.cpu:.0f} ms CPU, {1e3 * nothing.wall:.0f} ms wall"
    )


if __name__ == "__main__":
    main()
