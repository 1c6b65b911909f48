"""Print the figures that this project sets limits for: medians, and ratios of alternating runs.

    python -m benchmarks.bench [cold] [warm] [layers] [speed]

cold   wall and CPU time of one submission in a new process, with its report, compared with
       benchmarks/bare_script.py
warm   CPU time of one more submission in a running process, host and sandbox together
layers what the sandbox's layers add to a bare fork: wall time from the request for a child to its
       first message
speed  how often the question `faster` is failed at its first try, with a busy process on every core
"""

import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from grader.assignment.answer_key import answer_key
from grader.assignment.find_assignment import find_assignment
from grader.assignment.settings import read_assignment
from grader.checks import settings_for
from grader.checks.faster import FasterSettings, race_with_other, run_race
from grader.checks.function_under_test import FunctionUnderTest
from grader.checks.submission_under_test import SubmissionUnderTest
from grader.grading import grade
from grader.intake import AskedFile, read_submission
from grader.model import AnswerKey, OpenProgram, Submission
from grader.sandbox.children import cpu_clock
from grader.sandbox.launch import CHILD_LAYERS, find_bubblewraps, sandbox_command
from grader.sandbox.sandbox import Sandbox
from grader.sandbox.zygote import Zygote

HERE = Path(__file__).resolve().parent
ASKED = AskedFile("softmax.py")
STUDENT = HERE / "student.py"  # a file as students write it
PAIRS = 11  # runs of the grader and of the bare script
TRIES = 400  # of the question `faster`
# Submissions of a warm run. Together with those that warm it up, one zygote serves them all: when a
# zygote is replaced, its CPU time is lost.
WARM = 190
POLL_SECONDS = 0.005  # between two looks at the CPU clocks of a process tree
VECTORIZED = "softmax_loss_vectorized"
HONEST = "    losses = np.log(totals) - s[y, n]\n"
LOOPS = {
    "loop over samples": (
        "    losses = np.zeros(N)\n"
        "    for i in n:\n"
        "        losses[i] = np.log(totals[i]) - s[y[i], i]\n"
    ),
    "comprehension": "    losses = np.array([np.log(totals[i]) - s[y[i], i] for i in n])\n",
    "np.vectorize": "    losses = np.vectorize(lambda total: np.log(total))(totals) - s[y, n]\n",
}


class Seconds(NamedTuple):
    wall: float
    cpu: float


def main() -> None:
    figures = {"cold": cold, "warm": warm, "layers": layers, "speed": speed}
    for name in sys.argv[1:] or figures:
        figures[name]()


def cold() -> None:
    with tempfile.TemporaryDirectory() as folder:
        grade_command = [sys.executable, "-m", "grader", "grade", str(STUDENT)]
        grade_command += ["--html", f"{folder}/report.html"]
        bare_command = [sys.executable, str(HERE / "bare_script.py"), str(STUDENT)]
        for command in (grade_command, bare_command):
            measure(command)  # fills the caches
        pairs = [(measure(grade_command), measure(bare_command)) for _ in range(PAIRS)]
    print_cold("wall", [(ours.wall, bare.wall) for ours, bare in pairs])
    print_cold("CPU of all processes", [(ours.cpu, bare.cpu) for ours, bare in pairs])


def print_cold(clock: str, pairs: list[tuple[float, float]]) -> None:
    ours = 1e3 * statistics.median(ours for ours, _ in pairs)
    bare = 1e3 * statistics.median(bare for _, bare in pairs)
    ratio = statistics.median(ours / bare for ours, bare in pairs)
    print(f"cold, with report: {ours:.0f} ms {clock}; bare script {bare:.0f} ms; ratio {ratio:.2f}")


def measure(command: list[str]) -> Seconds:
    """Run a command, and return its wall time and the CPU time of all its processes.

    The kernel adds the CPU time of a process to that of its parent only if the parent reaps it.
    No parent reaps the zygote: it ends with bubblewrap's pid namespace, whose CPU times the kernel
    discards. So a thread reads the CPU clock of every process below the command while it lives. It
    misses at most POLL_SECONDS of each, and the zygote and its children are idle when they are
    ended.
    """
    start = time.perf_counter()
    process = subprocess.Popen(
        command, cwd=HERE.parent, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    clocks: dict[int, float] = {}
    has_ended = threading.Event()
    poller = threading.Thread(target=poll_clocks, args=(process.pid, clocks, has_ended))
    poller.start()
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)  # its clock can still be read
    wall = time.perf_counter() - start
    has_ended.set()
    poller.join()
    clocks[process.pid] = cpu_clock(process.pid)
    process.wait()
    return Seconds(wall, sum(clocks.values()))


def poll_clocks(pid: int, clocks: dict[int, float], has_ended: threading.Event) -> None:
    """Keep the latest CPU clock of every process of a tree, until has_ended is set."""
    while not has_ended.wait(POLL_SECONDS):
        for each in descendants(pid):
            with suppress(OSError):  # it has ended since
                clocks[each] = cpu_clock(each)


def descendants(pid: int) -> Iterator[int]:
    """Yield the ids of all processes below this one."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:  # it has ended
        return
    for child in map(int, children):
        yield child
        yield from descendants(child)


def warm() -> None:
    key, submission = softmax_key(), read_submission(STUDENT, ASKED)
    with Sandbox() as sandbox:
        for _ in range(5):
            grade(key, submission, sandbox.open_program)
        start, host, inside = time.perf_counter(), time.process_time(), cpu_below(os.getpid())
        for _ in range(WARM):
            grade(key, submission, sandbox.open_program)
        wall = 1e3 * (time.perf_counter() - start) / WARM
        host = 1e3 * (time.process_time() - host) / WARM
        inside = 1e3 * (cpu_below(os.getpid()) - inside) / WARM
    print(
        f"one more, warm: {host + inside:.1f} ms CPU (host {host:.1f}, sandbox {inside:.1f}), "
        f"{wall:.1f} ms wall"
    )


def cpu_below(pid: int) -> float:
    """Return the CPU seconds of all processes below this one, and of those they have reaped."""
    ticks = 0
    for child in descendants(pid):
        fields = Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()
        ticks += sum(map(int, fields[11:15]))  # utime, stime, cutime, cstime: see proc_pid_stat(5)
    return ticks / os.sysconf("SC_CLK_TCK")


def layers() -> None:
    layered = sandbox_command(find_bubblewraps()[0])
    bare = ["" if word == CHILD_LAYERS else word for word in layered]
    layered_zygote, bare_zygote = Zygote("full", [layered]), Zygote("full", [bare])
    layered_seconds, bare_seconds = [], []
    try:
        for _ in range(WARM):
            layered_seconds.append(child_seconds(layered_zygote))
            bare_seconds.append(child_seconds(bare_zygote))
    finally:
        layered_zygote.close()
        bare_zygote.close()
    with_layers = 1e3 * statistics.median(layered_seconds)
    without = 1e3 * statistics.median(bare_seconds)
    print(
        f"a child with all layers: {with_layers:.2f} ms wall; a bare fork {without:.2f} ms; "
        f"the layers cost {with_layers - without:.2f} ms"
    )


def child_seconds(zygote: Zygote) -> float:
    start = time.perf_counter()
    child = zygote.child(512 << 20, 5)
    seconds = time.perf_counter() - start
    child.end()
    return seconds


def speed() -> None:
    key = softmax_key()
    honest = read_submission(HERE.parent / "reference/softmax/softmax.py", ASKED)
    student = STUDENT.read_text()
    assert HONEST in student
    with Sandbox() as sandbox, busy_processes():
        print_failures("the reference", key, honest, sandbox.open_program)
        for name, loop in LOOPS.items():
            submission = Submission("softmax.py", student.replace(HONEST, loop).encode(), "")
            print_failures(name, key, submission, sandbox.open_program)


def print_failures(
    name: str, key: AnswerKey, submission: Submission, open_program: OpenProgram
) -> None:
    failures = sum(fails_at_first(key, submission, open_program) for _ in range(TRIES))
    print(f"faster, first try, every core busy: {name} fails {failures} of {TRIES}")


def fails_at_first(key: AnswerKey, submission: Submission, open_program: OpenProgram) -> bool:
    with SubmissionUnderTest(key, submission, open_program) as under_test:
        return fails_first_try(under_test.functions[VECTORIZED], key)


def fails_first_try(function: FunctionUnderTest, key: AnswerKey) -> bool:
    """Whether the function fails the question `faster` without its repetition."""
    question = next(each for each in key.questions if each.check == "faster")
    settings = settings_for(question, key)
    assert isinstance(settings, FasterSettings)
    for course in settings.races():
        race = run_race(function, key, course, range(course.runs))
        if race.ratio > race.limit:
            return True
    duel = race_with_other(function, key, settings).race
    return duel is not None and duel.ratio < duel.limit


@contextmanager
def busy_processes() -> Iterator[None]:
    """Keep every core busy with an endless loop."""
    loops = [
        subprocess.Popen([sys.executable, "-c", "while True: pass"])
        for _ in os.sched_getaffinity(0)
    ]
    try:
        yield
    finally:
        for loop in loops:
            loop.kill()
            loop.wait()


def softmax_key() -> AnswerKey:
    return answer_key(read_assignment(find_assignment("softmax")))


if __name__ == "__main__":
    main()
