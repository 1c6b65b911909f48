"""Kills a batch, its workers and its sandboxes again and again, and grades a class that is far too large. Prints what was lost: nothing.

    python -m benchmarks.soak [kills] [jobs] [many] [--moments 20] [--students 200] [--many 10000]

kills  kill -9 of the batch, of a worker, of a sandbox, at moments spread over 5-95 % of the rows; then all is compared with a run in peace
jobs   the same class with one worker, with two, and with two busy processes beside: every question has to end alike
many   time per submission, memory, the class page and a second run, for many submissions beside few

It ends what it started and nothing else. Exit code 1 where a row was lost, doubled or came out differently.
"""

import argparse
import os
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, TypeAlias

from benchmarks.bench import busy_processes
from benchmarks.students import write_students
from tests.watched import BatchEnded, Running, ask, differences, outcomes, verdicts_in

Victim: TypeAlias = Literal["batch", "worker", "sandbox"]
SEED = 20261124  # the same numbers for every run, so that outcomes can be compared


def begin(source: Path, run: Path, *options: str) -> Running:
    return Running(source, run, "--seed", str(SEED), *options)


def pid_of(batch: Running, who: Victim) -> int | None:
    """None in the moment between two."""
    pids = {"batch": [batch.process.pid], "worker": batch.workers(), "sandbox": batch.zygotes()}[who]
    return pids[0] if pids else None


def kills(folder: Path, moments: int, students: int) -> bool:
    source = write_students(folder / "class", students)
    begin(source, folder / "peace").end()
    peace, is_sound = outcomes(folder / "peace"), True
    victims: tuple[Victim, ...] = ("batch", "worker", "sandbox")
    for who in victims:
        run, at = folder / who, []
        batch = begin(source, run)
        for rows in evenly(moments, students):
            try:
                batch.wait_for(rows)
            except BatchEnded:
                break
            pid = pid_of(batch, who)
            if pid is None:
                continue
            os.kill(pid, signal.SIGKILL)
            at.append(verdicts_in(run))
            if who == "batch":
                batch.process.communicate()
                batch = begin(source, run)
        batch.end()
        (written, different) = ask(run, "SELECT count(*), count(DISTINCT submission) FROM verdicts")[0]
        changed = differences(peace, outcomes(run))
        is_sound = is_sound and written == different == students and not changed and len(at) >= moments * 3 // 4
        print(f"kill -9 of the {who}, {len(at)} times, at rows {' '.join(map(str, at))}")
        print(f"    {students - different} lost, {written - different} doubled, {changed} outcomes different, of {students} submissions")
    return is_sound


def jobs(folder: Path, students: int) -> bool:
    source = write_students(folder / "class-jobs", students)
    ended = []
    for number in (1, 2):
        begin(source, folder / f"jobs{number}", "--jobs", str(number)).end()
        ended.append(outcomes(folder / f"jobs{number}"))
    with busy_processes():
        begin(source, folder / "jobs-busy", "--jobs", "2").end()
    ended.append(outcomes(folder / "jobs-busy"))
    different = [differences(ended[0], others) for others in ended[1:]]
    print(f"{students} submissions, {len(ended[0])} questions: with two workers {different[0]} end differently than with one,")
    print(f"    with busy processes beside {different[1]}")
    return not any(different)


def evenly(moments: int, students: int) -> Iterator[int]:
    """Numbers of rows between 5 and 95 %."""
    for moment in range(moments):
        yield max(1, round(students * (0.05 + 0.9 * moment / max(moments - 1, 1))))


def many(folder: Path, students: int, more: int) -> bool:
    each, written = {}, {}
    for count in (students, more):
        source, run = write_students(folder / f"class{count}", count), folder / f"run{count}"
        began = time.perf_counter()
        batch = begin(source, run)
        most = peak(batch)
        batch.end()
        each[count], written[count] = (time.perf_counter() - began) / count, verdicts_in(run)
        print(f"{count} submissions: {1e3 * each[count]:.1f} ms each, {most / 1024:.0f} MB at most in the largest process (limit 300)")
    print(f"    time per submission, {more} to {students}: {each[more] / each[students]:.2f} (limit 1.1)")
    print(f"    class page: {(folder / f'run{more}' / 'index.html').stat().st_size / 1e6:.2f} MB (limit 3)")
    began = time.perf_counter()
    begin(folder / f"class{more}", folder / f"run{more}").end()
    print(f"    the same once more, with nothing to do: {time.perf_counter() - began:.2f} s (limit 2)")
    return written == {students: students, more: more} and verdicts_in(folder / f"run{more}") == more


def peak(batch: Running) -> int:
    """KiB of the host's largest process, its workers counted, until it ends."""
    most = 0
    while batch.process.poll() is None:
        most = max([most, *map(resident, (batch.process.pid, *batch.workers()))])
        time.sleep(0.05)
    return most


def resident(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("VmHWM")), 0)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("parts", nargs="*", choices=["kills", "jobs", "many", []], metavar="kills|jobs|many")
    parser.add_argument("--moments", type=int, default=20)
    parser.add_argument("--students", type=int, default=200)
    parser.add_argument("--many", type=int, default=10_000)
    given = parser.parse_args()
    parts = given.parts or ["kills", "jobs", "many"]
    with tempfile.TemporaryDirectory(prefix="grader-soak-") as name:
        folder = Path(name)
        is_sound = "kills" not in parts or kills(folder, given.moments, given.students)
        is_sound = ("jobs" not in parts or jobs(folder, given.students)) and is_sound
        is_sound = ("many" not in parts or many(folder, given.students, given.many)) and is_sound
    sys.exit(0 if is_sound else 1)


if __name__ == "__main__":
    main()
