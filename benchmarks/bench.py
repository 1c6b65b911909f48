"""Prints the figures this project holds itself to. Medians; ratios are of pairs that ran one after the other.

    python -m benchmarks.bench [cold] [warm] [layers] [speed]

cold   one submission, a new process, report included, beside benchmarks/bare_script.py
warm   CPU time of one more submission in a running process, host and sandbox together
layers what walling a child in costs over a bare fork: wall and CPU time, from asking for it to its first word
speed  how sure the question `faster` is, on its first try, with a busy process on every core beside it
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from grader.assignment.answer_key import answer_key
from grader.assignment.settings import find_assignment, read_assignment
from grader.checks.faster import (
    LOOP,
    FasterSettings,
    growth,
    per_item,
    race,
    race_with_loops,
    samples_of,
)
from grader.checks.function_under_test import FunctionUnderTest, SubmissionUnderTest
from grader.grading import grade
from grader.intake import read_submission
from grader.model import AnswerKey, OpenProgram, Submission
from grader.sandbox.launch import CHILD_LAYERS, bwraps, sandbox_command
from grader.sandbox.sandbox import Sandbox
from grader.sandbox.zygote import Zygote

HERE = Path(__file__).resolve().parent
STUDENT = HERE / "student.py"  # a file as students write it
PAIRS, WARM, TRIES = (
    11,
    190,
    400,
)  # with its warming up, WARM stays below what a zygote serves: its CPU time goes with it
NAIVE, VECTORIZED = "softmax_loss_naive", "softmax_loss_vectorized"
HONEST = "    losses = np.log(totals) - s[y, n]\n"
LOOPS = {
    "loop over samples": "    losses = np.zeros(N)\n    for i in n:\n        losses[i] = np.log(totals[i]) - s[y[i], i]\n",
    "comprehension": "    losses = np.array([np.log(totals[i]) - s[y[i], i] for i in n])\n",
    "np.vectorize": "    losses = np.vectorize(lambda total: np.log(total))(totals) - s[y, n]\n",
}


def main() -> None:
    wanted = sys.argv[1:] or ["cold", "warm", "layers", "speed"]
    for name, figure in {"cold": cold, "warm": warm, "layers": layers, "speed": speed}.items():
        if name in wanted:
            figure()


def cold() -> None:
    with tempfile.TemporaryDirectory() as folder:
        ours = [
            sys.executable,
            "-m",
            "grader",
            "grade",
            str(STUDENT),
            "--html",
            f"{folder}/report.html",
        ]
        bare = [sys.executable, str(HERE / "bare_script.py"), str(STUDENT)]
        seconds(ours), seconds(bare)  # fills caches
        pairs = [(seconds(ours), seconds(bare)) for _ in range(PAIRS)]
    for clock, name in enumerate(("wall", "CPU")):
        mine, other = (statistics.median(pair[side][clock] for pair in pairs) for side in (0, 1))
        ratio = statistics.median(pair[0][clock] / pair[1][clock] for pair in pairs)
        print(
            f"cold, with report: {1e3 * mine:.0f} ms {name}; bare script {1e3 * other:.0f} ms; ratio {ratio:.2f}"
        )


def seconds(command: list[str]) -> tuple[float, float]:
    """Wall and CPU time of a process, start-up counted."""
    before, began = os.times(), time.perf_counter()
    subprocess.run(
        command, cwd=HERE.parent, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False
    )
    wall, after = time.perf_counter() - began, os.times()
    return (
        wall,
        after.children_user + after.children_system - before.children_user - before.children_system,
    )


def warm() -> None:
    key, submission = softmax_key(), read_submission(STUDENT, "softmax.py")
    with Sandbox() as sandbox:
        open_program = sandbox.open_program
        for _ in range(5):
            grade(key, submission, open_program)
        began, host, inside = time.perf_counter(), time.process_time(), cpu_below(os.getpid())
        for _ in range(WARM):
            grade(key, submission, open_program)
        wall, host, inside = (
            time.perf_counter() - began,
            time.process_time() - host,
            cpu_below(os.getpid()) - inside,
        )
    wall, host, inside = (1e3 * seconds / WARM for seconds in (wall, host, inside))
    print(
        f"one more, warm: {host + inside:.1f} ms CPU (host {host:.1f}, sandbox {inside:.1f}), {wall:.1f} ms wall"
    )


def layers() -> None:
    walled = sandbox_command(bwraps()[0])
    bare = ["" if word == CHILD_LAYERS else word for word in walled]
    zygotes = [Zygote("full", [command]) for command in (walled, bare)]
    try:
        pairs = [tuple(child_seconds(zygote) for zygote in zygotes) for _ in range(WARM)]
    finally:
        for zygote in zygotes:
            zygote.close()
    with_layers, without = (
        1e3 * statistics.median(pair[side] for pair in pairs) for side in (0, 1)
    )
    print(
        f"a child with all layers: {with_layers:.2f} ms wall; a bare fork {without:.2f} ms; the layers cost {with_layers - without:.2f} ms"
    )


def child_seconds(zygote: Zygote) -> float:
    began = time.perf_counter()
    child = zygote.child(512 << 20, 5)
    seconds = time.perf_counter() - began
    child.end()
    return seconds


def cpu_below(pid: int) -> float:
    """CPU seconds of all processes below this one, with those that they have reaped."""
    total = 0.0
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        fields = Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()
        total += sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK") + cpu_below(int(child))
    return total


def speed() -> None:
    key = softmax_key()
    honest = read_submission(HERE.parent / "reference/softmax/softmax.py", "softmax.py")
    student = STUDENT.read_text()
    with Sandbox() as sandbox, busy_processes():
        open_program = sandbox.open_program
        report("the reference", key, honest, open_program)
        assert HONEST in student
        for name, loop in LOOPS.items():
            report(
                name,
                key,
                Submission("softmax.py", student.replace(HONEST, loop).encode(), ""),
                open_program,
            )


def report(name: str, key: AnswerKey, submission: Submission, open_program: OpenProgram) -> None:
    failures = sum(fails_at_first(key, submission, open_program) for _ in range(TRIES))
    print(f"faster, first try, every core busy: {name} fails {failures} of {TRIES}")


def fails_at_first(key: AnswerKey, submission: Submission, open_program: OpenProgram) -> bool:
    with SubmissionUnderTest(key, submission, open_program) as benches:
        return first_try(benches[VECTORIZED], key)


def first_try(bench: FunctionUnderTest, key: AnswerKey) -> bool:
    """The question `faster` without its repetition."""
    settings = FasterSettings(than="naive")
    few, more = key.cases[settings.growth[0]], key.cases[settings.growth[1]]
    if per_item(growth(bench, (few, more), (samples_of(few), samples_of(more)))) >= LOOP:
        return True
    timed = race(bench, key, settings, range(settings.runs))
    duel = race_with_loops(bench, key, settings)
    return timed.ratio > timed.limit or (duel is not None and duel.ratio < duel.limit)


@contextmanager
def busy_processes() -> Iterator[None]:
    """One endless loop for every core."""
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
