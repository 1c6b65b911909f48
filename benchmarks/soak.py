"""Kills a batch, its workers and its sandboxes again and again, and grades a class that is far too large. Prints what was lost: nothing.

    python -m benchmarks.soak [kills] [jobs] [many] [--moments 20] [--students 200] [--many 10000] [--strict]

kills  kill -9 of the batch, of a worker, of a sandbox, at moments spread over 5-95 % of the rows; then all is compared with a run in peace
jobs   the same class with one worker, with two, and with two busy processes beside: every question has to end alike
many   time per submission, memory, the class page and a second run, for many submissions beside few

It ends what it started and nothing else. Exit code 1 where a row was lost, doubled or came out differently, and where memory or the class
page is too large. Times depend on what else the machine does: they are printed beside their limits, and count with --strict only.
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
from tests.support.watched import BatchEnded, Outcomes, Running, ask, differences, outcomes

Victim: TypeAlias = Literal["batch", "worker", "sandbox"]
VICTIMS: tuple[Victim, ...] = ("batch", "worker", "sandbox")
SEED = 20261124  # the same numbers for every run, so that outcomes can be compared
ENOUGH = 3 / 4  # of the moments: now and then there is nobody to kill
MEMORY, PAGE, SLOWER, AGAIN = (
    300.0,
    3.0,
    1.1,
    2.0,
)  # MB, MB, times as long for each submission, seconds
SAMPLE_SECONDS = (
    0.25  # between two looks at the memory: each takes some milliseconds from what is measured
)


class Wanted(NamedTuple):
    moments: int
    students: int
    many: int
    strict: bool


class Rows(NamedTuple):
    """Of a gradebook, beside what must be in it."""

    lost: int
    doubled: int

    def __str__(self) -> str:
        return f"{self.lost} lost, {self.doubled} doubled"


NOTHING = Rows(0, 0)


def begin(source: Path, run: Path, *options: str) -> Running:
    """All attempts are graded: every file has to get a verdict. It does not outlive this program."""
    batch = Running(source, run, "--count", "all", "--seed", str(SEED), *options)
    atexit.register(batch.process.kill)
    return batch


def in_peace(source: Path, run: Path, *options: str) -> Outcomes:
    begin(source, run, *options).end()
    return outcomes(run)


def rows(run: Path, students: int) -> Rows:
    written, submissions = ask(run, "SELECT count(*), count(DISTINCT submission) FROM verdicts")[0]
    return Rows(students - submissions, written - submissions)


def kills(folder: Path, wanted: Wanted) -> bool:
    source = write_manifest(write_students(folder / "class", wanted.students))
    peace = in_peace(source, folder / "peace")
    is_sound = rows(folder / "peace", wanted.students) == NOTHING
    for who in VICTIMS:
        at = list(killed(source, folder / who, who, wanted))
        found, changed = (
            rows(folder / who, wanted.students),
            differences(peace, outcomes(folder / who)),
        )
        is_sound = (
            is_sound and found == NOTHING and not changed and len(at) >= ENOUGH * wanted.moments
        )
        print(f"kill -9 of the {who}, {len(at)} times, at rows {' '.join(map(str, at))}")
        print(
            f"    {found}, {changed} of {len(peace)} outcomes different, of {wanted.students} submissions"
        )
    return is_sound


def killed(source: Path, run: Path, who: Victim, wanted: Wanted) -> Iterator[int]:
    """A batch to its end, and how many rows there were at each kill."""
    batch = begin(source, run)
    for count in evenly(wanted.moments, wanted.students):
        try:
            batch.wait_for(count)
        except BatchEnded:
            break
        pid = pid_of(batch, who)
        if pid is None:
            continue
        os.kill(pid, signal.SIGKILL)
        yield ask(run, "SELECT count(*) FROM verdicts")[0][0]
        if who == "batch":
            batch.told()
            batch = begin(source, run)
    batch.end()


def pid_of(batch: Running, who: Victim) -> int | None:
    """None in the moment between two."""
    pids = {"batch": [batch.process.pid], "worker": batch.workers(), "sandbox": batch.zygotes()}[
        who
    ]
    return pids[0] if pids else None


def evenly(moments: int, students: int) -> Iterator[int]:
    """Numbers of rows between 5 and 95 %."""
    for moment in range(moments):
        yield max(1, round(students * (0.05 + 0.9 * moment / max(moments - 1, 1))))


def jobs(folder: Path, wanted: Wanted) -> bool:
    source = write_manifest(write_students(folder / "class", wanted.students))
    one, two = (
        in_peace(source, folder / f"jobs{number}", "--jobs", str(number)) for number in (1, 2)
    )
    with busy_processes():
        busy = in_peace(source, folder / "busy", "--jobs", "2")
    different = differences(one, two), differences(one, busy)
    print(
        f"{wanted.students} submissions, {len(one)} outcomes: with two workers {different[0]} are different than with one,"
    )
    print(f"    with busy processes beside {different[1]}")
    return different == (0, 0) and all(
        rows(folder / run, wanted.students) == NOTHING for run in ("jobs1", "jobs2", "busy")
    )


def many(folder: Path, wanted: Wanted) -> bool:
    few, more = (
        measured(folder / f"class{count}", folder / f"run{count}", count)
        for count in (wanted.students, wanted.many)
    )
    run = folder / f"run{wanted.many}"
    began = time.perf_counter()
    begin(folder / f"class{wanted.many}", run).end()
    again = time.perf_counter() - began
    found = rows(run, wanted.many)
    print(f"    the same once more, with nothing to do: {found}")
    page = (run / "index.html").stat().st_size / 1e6
    sizes = [
        kept("host and workers", max(few.memory, more.memory), MEMORY, "MB"),
        kept("class page", page, PAGE, "MB"),
    ]
    times = [
        kept("time per submission", more.each / few.each, SLOWER, f"x that of {wanted.students}"),
        kept("once more", again, AGAIN, "s"),
    ]
    return (
        few.is_sound
        and more.is_sound
        and found == NOTHING
        and all(sizes)
        and (all(times) or not wanted.strict)
    )


class Measured(NamedTuple):
    """each: seconds of one submission; memory: MB of the host and its workers."""

    is_sound: bool
    each: float
    memory: float


def measured(source: Path, run: Path, count: int) -> Measured:
    write_students(source, count)
    began = time.perf_counter()
    batch = begin(source, run)
    memory = watched(batch)
    batch.end()
    each, found = (time.perf_counter() - began) / count, rows(run, count)
    print(f"{count} submissions: {found}, {1e3 * each:.1f} ms each")
    sandboxes = (
        f"sandboxes {memory.sandboxes:.0f} MB"
        if os.geteuid() == 0
        else "sandboxes for root only to see"
    )
    print(
        f"    at most: host and workers {memory.host:.0f} MB, the largest of them {memory.largest:.0f} MB, {sandboxes}"
    )
    return Measured(found == NOTHING, each, memory.host)


class Memory(NamedTuple):
    """MB at most: of the host with its workers and of all sandboxes, what several processes share counted once (PSS); and of the largest
    process of the host, with all that it shares (resident)."""

    host: float = 0.0
    sandboxes: float = 0.0
    largest: float = 0.0


def watched(batch: Running) -> Memory:
    """Until it ends."""
    most = Memory()
    while batch.process.poll() is None:
        host = [batch.process.pid, *batch.workers()]
        sandboxes = batch.below().difference(host) if os.geteuid() == 0 else set[int]()
        now = Memory(
            shared_once(host),
            shared_once(sandboxes),
            max(megabytes(pid, "status", "VmHWM") for pid in host),
        )
        most = Memory(*map(max, most, now))
        with contextlib.suppress(subprocess.TimeoutExpired):
            batch.process.wait(SAMPLE_SECONDS)
    return most


def shared_once(pids: Iterable[int]) -> float:
    return sum(megabytes(pid, "smaps_rollup", "Pss") for pid in pids)


def megabytes(pid: int, file: str, name: str) -> float:
    """See proc_pid_status(5), proc_pid_smaps(5). 0 of a process that has gone."""
    try:
        lines = Path(f"/proc/{pid}/{file}").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return next(
        (int(line.split()[1]) * 1024 / 1e6 for line in lines if line.startswith(name + ":")), 0.0
    )


def kept(name: str, figure: float, limit: float, unit: str) -> bool:
    is_kept = figure <= limit
    print(f"    {name}: {figure:.2f} {unit} (limit {limit:g}; {'kept' if is_kept else 'MISSED'})")
    return is_kept


PARTS: dict[str, Callable[[Path, Wanted], bool]] = {"kills": kills, "jobs": jobs, "many": many}


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
    given = parser.parse_args()
    if unknown := set(given.parts).difference(PARTS):
        parser.error(f"there is no {', '.join(sorted(unknown))}, only {', '.join(PARTS)}")
    wanted = Wanted(given.moments, given.students, given.many, given.strict)
    with tempfile.TemporaryDirectory(prefix="grader-soak-") as folder:
        ended = [
            measure(Path(folder, name), wanted)
            for name, measure in PARTS.items()
            if name in given.parts
        ]
    sys.exit(0 if all(ended) else 1)


if __name__ == "__main__":
    main()
