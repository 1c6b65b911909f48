"""Kill batches again and again, and grade a class that is far too large. Prints the losses.

    python -m benchmarks.soak [kills] [jobs] [many]
        [--moments 20] [--students 200] [--many 10000] [--strict]

kills  kill -9 of the batch, of a worker, of a sandbox, at moments spread over 5-95 % of the rows;
       then every outcome is compared with that of an undisturbed run
jobs   the same class with one worker, with two, and with two while every core is busy: every
       question must have the same outcome
many   time per submission, memory, the class page and a second run, for many submissions and few

It ends only processes that it started. Exit code 1 if a row was lost, was doubled or has another
outcome, or if memory or the class page is too large. Times depend on the machine's other work: they
are printed beside their limits, and count with --strict only.
"""

import argparse
import atexit
import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Literal, NamedTuple, TypeAlias

from benchmarks.bench import busy_processes
from benchmarks.students import write_manifest, write_students
from tests.support.batches import (
    BatchEnded,
    Outcomes,
    RunningBatch,
    differences,
    outcomes,
    query,
)

Victim: TypeAlias = Literal["batch", "worker", "sandbox"]
VICTIMS: tuple[Victim, ...] = ("batch", "worker", "sandbox")
SEED = 20261124  # the same numbers for every run, so that outcomes can be compared
ENOUGH = 3 / 4  # of the moments: at some of them there is no process to kill
SAMPLE_SECONDS = 0.25  # between two samples of the memory; each costs some milliseconds
# Limits.
MEMORY_MB = 300.0
PAGE_MB = 3.0
SLOWDOWN = 1.1  # of one submission among many, beside one among few
SECOND_RUN_SECONDS = 2.0


class Settings(NamedTuple):
    moments: int  # how often a process is killed
    students: int
    many: int  # students of the class that is far too large
    is_strict: bool  # fail on times, too


class Rows(NamedTuple):
    """The rows by which a gradebook differs from what must be in it."""

    lost: int
    doubled: int

    def __str__(self) -> str:
        return f"{self.lost} lost, {self.doubled} doubled"


NOTHING = Rows(0, 0)


def start(source: Path, run: Path, *options: str) -> RunningBatch:
    """Start a batch that does not outlive this program.

    All attempts are graded: every file has to get a verdict.
    """
    batch = RunningBatch(source, run, "--count", "all", "--seed", str(SEED), *options)
    atexit.register(batch.process.kill)
    return batch


def undisturbed(source: Path, run: Path, *options: str) -> Outcomes:
    start(source, run, *options).require_success()
    return outcomes(run)


def rows(run: Path, students: int) -> Rows:
    counts = query(run, "SELECT count(*), count(DISTINCT submission) FROM verdicts")
    verdicts, submissions = counts[0]
    return Rows(lost=students - submissions, doubled=verdicts - submissions)


def kills(folder: Path, settings: Settings) -> bool:
    source = write_manifest(write_students(folder / "class", settings.students))
    expected = undisturbed(source, folder / "undisturbed")
    is_sound = rows(folder / "undisturbed", settings.students) == NOTHING
    for victim in VICTIMS:
        run = folder / victim
        kill_rows = list(kill_repeatedly(source, run, victim, settings))
        row_errors = rows(run, settings.students)
        changed = differences(expected, outcomes(run))
        is_enough = len(kill_rows) >= ENOUGH * settings.moments
        is_sound = is_sound and row_errors == NOTHING and not changed and is_enough
        places = " ".join(map(str, kill_rows))
        print(f"kill -9 of the {victim}, {len(kill_rows)} times, at rows {places}")
        print(
            f"    {row_errors}, {changed} of {len(expected)} outcomes different, "
            f"of {settings.students} submissions"
        )
    return is_sound


def kill_repeatedly(source: Path, run: Path, victim: Victim, settings: Settings) -> Iterator[int]:
    """Run a batch to its end with kills on the way. Yields the number of rows at each kill."""
    batch = start(source, run)
    for count in evenly(settings.moments, settings.students):
        try:
            batch.wait_for_verdicts(count)
        except BatchEnded:
            break
        pid = pid_of(batch, victim)
        if pid is None:
            continue
        os.kill(pid, signal.SIGKILL)
        yield query(run, "SELECT count(*) FROM verdicts")[0][0]
        if victim == "batch":
            batch.wait()
            batch = start(source, run)
    batch.require_success()


def pid_of(batch: RunningBatch, victim: Victim) -> int | None:
    """The id of a process of the kind; None if there is none at this moment."""
    if victim == "batch":
        return batch.process.pid
    pids = batch.workers() if victim == "worker" else batch.zygotes()
    return pids[0] if pids else None


def evenly(moments: int, students: int) -> Iterator[int]:
    """Numbers of rows between 5 and 95 %."""
    for moment in range(moments):
        yield max(1, round(students * (0.05 + 0.9 * moment / max(moments - 1, 1))))


def jobs(folder: Path, settings: Settings) -> bool:
    source = write_manifest(write_students(folder / "class", settings.students))
    one = undisturbed(source, folder / "jobs1", "--jobs", "1")
    two = undisturbed(source, folder / "jobs2", "--jobs", "2")
    with busy_processes():
        busy = undisturbed(source, folder / "busy", "--jobs", "2")
    changed, changed_when_busy = differences(one, two), differences(one, busy)
    print(
        f"{settings.students} submissions, {len(one)} outcomes: "
        f"with two workers {changed} are different than with one,"
    )
    print(f"    with busy processes beside {changed_when_busy}")
    is_complete = all(
        rows(folder / run, settings.students) == NOTHING for run in ("jobs1", "jobs2", "busy")
    )
    return is_complete and not changed and not changed_when_busy


def many(folder: Path, settings: Settings) -> bool:
    few = measure(folder / "few", settings.students)
    more = measure(folder / "many", settings.many)
    run = folder / "many/run"
    began = time.perf_counter()
    start(folder / "many/class", run).require_success()
    second_seconds = time.perf_counter() - began
    row_errors = rows(run, settings.many)
    print(f"    the same once more, with nothing to do: {row_errors}")
    page_mb = (run / "index.html").stat().st_size / 1e6
    sizes = [
        is_within("host and workers", max(few.memory, more.memory), MEMORY_MB, "MB"),
        is_within("class page", page_mb, PAGE_MB, "MB"),
    ]
    slowdown, unit = more.seconds / few.seconds, f"x that of {settings.students}"
    times = [
        is_within("time per submission", slowdown, SLOWDOWN, unit),
        is_within("once more", second_seconds, SECOND_RUN_SECONDS, "s"),
    ]
    is_complete = few.is_complete and more.is_complete and row_errors == NOTHING
    return is_complete and all(sizes) and (all(times) or not settings.is_strict)


class Measurement(NamedTuple):
    """The figures of a whole batch."""

    is_complete: bool  # no row lost or doubled
    seconds: float  # of one submission
    memory: float  # MB of the host and its workers, at most


def measure(folder: Path, count: int) -> Measurement:
    """Grade `count` new submissions. They are in folder/class, the run is folder/run."""
    write_students(folder / "class", count)
    began = time.perf_counter()
    batch = start(folder / "class", folder / "run")
    memory = peak_memory(batch)
    batch.require_success()
    seconds = (time.perf_counter() - began) / count
    row_errors = rows(folder / "run", count)
    print(f"{count} submissions: {row_errors}, {1e3 * seconds:.1f} ms each")
    sandboxes = "sandboxes for root only to see"
    if os.geteuid() == 0:
        sandboxes = f"sandboxes {memory.sandboxes:.0f} MB"
    print(
        f"    at most: host and workers {memory.host:.0f} MB, "
        f"the largest of them {memory.largest:.0f} MB, {sandboxes}"
    )
    return Measurement(row_errors == NOTHING, seconds, memory.host)


class Memory(NamedTuple):
    """Peaks, in MB. Memory that several processes share is counted once, except in `largest`."""

    host: float = 0.0  # with its workers (PSS)
    sandboxes: float = 0.0  # all of them (PSS)
    largest: float = 0.0  # of a single process of the host (resident)


def peak_memory(batch: RunningBatch) -> Memory:
    """Sample the memory of a batch until it ends."""
    peak = Memory()
    while batch.process.poll() is None:
        host = [batch.process.pid, *batch.workers()]
        sandboxes = set[int]()
        if os.geteuid() == 0:
            sandboxes = batch.descendants().difference(host)
        peak = Memory(
            host=max(peak.host, proportional(host)),
            sandboxes=max(peak.sandboxes, proportional(sandboxes)),
            largest=max(peak.largest, *(megabytes(pid, "status", "VmHWM") for pid in host)),
        )
        with contextlib.suppress(subprocess.TimeoutExpired):
            batch.process.wait(SAMPLE_SECONDS)
    return peak


def proportional(pids: Iterable[int]) -> float:
    """MB of these processes, with each one's share of memory that is shared (PSS)."""
    return sum(megabytes(pid, "smaps_rollup", "Pss") for pid in pids)


def megabytes(pid: int, file: str, name: str) -> float:
    """A field of proc_pid_status(5) or proc_pid_smaps(5). 0 if the process is gone."""
    try:
        lines = Path(f"/proc/{pid}/{file}").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    for line in lines:
        if line.startswith(name + ":"):
            return int(line.split()[1]) * 1024 / 1e6
    return 0.0


def is_within(name: str, figure: float, limit: float, unit: str) -> bool:
    """Print a figure beside its limit. Returns whether it keeps it."""
    is_kept = figure <= limit
    print(f"    {name}: {figure:.2f} {unit} (limit {limit:g}; {'kept' if is_kept else 'MISSED'})")
    return is_kept


PARTS: dict[str, Callable[[Path, Settings], bool]] = {"kills": kills, "jobs": jobs, "many": many}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("parts", nargs="*", default=list(PARTS), metavar="|".join(PARTS))
    parser.add_argument("--moments", type=int, default=20)
    parser.add_argument("--students", type=int, default=200)
    parser.add_argument("--many", type=int, default=10_000)
    parser.add_argument(
        "--strict",
        action="store_true",
        help="fail on times, too: for a machine that does nothing else",
    )
    arguments = parser.parse_args()
    if unknown := set(arguments.parts).difference(PARTS):
        parser.error(f"there is no {', '.join(sorted(unknown))}, only {', '.join(PARTS)}")
    settings = Settings(
        arguments.moments, arguments.students, arguments.many, is_strict=arguments.strict
    )
    with tempfile.TemporaryDirectory(prefix="grader-soak-") as folder:
        results = [
            PARTS[name](Path(folder, name), settings) for name in PARTS if name in arguments.parts
        ]
    sys.exit(0 if all(results) else 1)


if __name__ == "__main__":
    main()
