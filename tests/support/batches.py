"""Batches in processes of their own, and what their gradebooks hold. Linux only.

For tests, and for benchmarks/soak.py.
"""

import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from grader.batch.run_key import KeyRequest, key_for
from grader.gradebook.database import NAME
from grader.gradebook.record import Gradebook
from grader.verdict import VERDICT, Finding, RaceEvidence, Verdict
from tests.support.paths import PROJECT
from tests.support.submission_files import write_files

REFERENCE = (PROJECT / "reference/softmax/softmax.py").read_text()
NO_POINTS = "def softmax_loss_naive(W, X, y, reg):\n    pass\n"
POLL_SECONDS = 0.002
MEASURED = ("seconds", "ratio")  # values of messages that come from a clock

# Options of a batch: another run, and so the key of that run. To make a key takes a second, which a
# batch saves that is about something else. Its seed is secret, as that of any other.
LentKey = tuple[str, Path]

# How everything in a gradebook ended, by ids, attempt and question. Under the question "verdict"
# stands the rest of the verdict: score, diagnosis, flags.
Outcomes = dict[tuple[str, int, str], Finding | Verdict]


def grader(
    *arguments: object, code: int = 0, folder: Path = PROJECT
) -> subprocess.CompletedProcess[str]:
    """Run `python -m grader` in a folder. It must end with this exit code."""
    done = subprocess.run(
        [sys.executable, "-m", "grader", *map(str, arguments)],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(PROJECT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done


def write_class(folder: Path, files: dict[str, str]) -> Path:
    return write_files(folder, {name: text.encode() for name, text in files.items()})


def write_correct(folder: Path, count: int) -> Path:
    """Write `count` submissions with full marks: student00.py and so on, no two the same."""
    return write_class(
        folder, {f"student{number:02}.py": f"{REFERENCE}\n# {number}\n" for number in range(count)}
    )


def lend_key(folder: Path, *settings: str) -> LentKey:
    """Begin a run in this folder for its key alone, with these settings."""
    request = KeyRequest("softmax", settings, seed=None, key_of=None, explicit=frozenset())
    run_key = key_for(folder, request, is_fresh=False, minimum_level="confined")
    with Gradebook(folder / NAME, writing=True) as gradebook:
        gradebook.store_key(run_key)
    return "--key-of", folder


class BatchEnded(Exception):
    """A batch ended earlier than it should, or with an error."""


class RunningBatch:
    """A batch in a process of its own."""

    def __init__(self, source: Path, run: Path, *options: str, own_group: bool = False) -> None:
        """own_group: in a process group of its own, as a terminal starts each command."""
        self.run = run
        command = [sys.executable, "-m", "grader", "batch", str(source), "--out", str(run)]
        self.process = subprocess.Popen(
            [*command, *options],
            cwd=PROJECT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=own_group,
        )

    def wait_for_verdicts(self, count: int) -> None:
        """Wait until the gradebook has so many. Raises BatchEnded if the batch ends before."""
        while self.process.poll() is None:
            if _verdicts_in(self.run) >= count:
                return
            time.sleep(POLL_SECONDS)
        raise BatchEnded(self.wait())

    def require_success(self) -> None:
        """Wait until it ends. Raises BatchEnded if it ends with an error."""
        report = self.wait()
        if self.process.returncode != 0:
            raise BatchEnded(report)

    def wait(self) -> str:
        """Wait until it ends. Returns its exit code and everything that it printed."""
        output, errors = self.process.communicate()
        return f"it ended with {self.process.returncode}: {output}{errors}"

    def workers(self) -> list[int]:
        return _children(self.process.pid)

    def zygotes(self) -> list[int]:
        """The processes in its sandboxes: a worker starts bubblewrap, which starts a zygote."""
        return [
            zygote
            for worker in self.workers()
            for bubblewrap in _children(worker)
            for zygote in _children(bubblewrap)
        ]

    def descendants(self) -> set[int]:
        return set(_descendants(self.process.pid))


def _children(pid: int) -> list[int]:
    """Nothing if the process is gone."""
    try:
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return []
    return [int(child) for child in text.split()]


def _descendants(pid: int) -> list[int]:
    found = []
    for child in _children(pid):
        found += [child, *_descendants(child)]
    return found


def wait_until_gone(pids: Iterable[int]) -> None:
    """Wait until none of these processes runs; the time limit of the test ends it else."""
    while any(map(_is_running, pids)):
        time.sleep(POLL_SECONDS)


def _is_running(pid: int) -> bool:
    """A zombie, whose parent has not waited for it yet, does not run."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def query(run: Path, sql: str) -> list[Any]:
    """All rows of a query to the gradebook of a run."""
    connection = sqlite3.connect(f"{(run / NAME).absolute().as_uri()}?mode=ro", uri=True)
    try:
        return connection.execute(sql).fetchall()
    finally:
        connection.close()


def execute(run: Path, sql: str, values: dict[str, Any] | None = None) -> int:
    """Change the gradebook of a run. Returns how many rows were changed."""
    connection = sqlite3.connect(run / NAME)
    try:
        with connection:
            return connection.execute(sql, values or {}).rowcount
    finally:
        connection.close()


def _verdicts_in(run: Path) -> int:
    try:
        return int(query(run, "SELECT count(*) FROM verdicts")[0][0])
    except sqlite3.Error:
        return 0  # the gradebook is not there yet


def outcomes(run: Path) -> Outcomes:
    """How everything in a run ended, without what comes from a clock."""
    rows = query(
        run,
        """SELECT ids, attempt, verdict FROM current_verdicts AS v
        JOIN submissions AS s ON s.id = v.submission""",
    )
    ended: Outcomes = {}
    for ids, attempt, text in rows:
        verdict = VERDICT.decode(text)
        ended[ids, attempt, "verdict"] = replace(verdict, findings=())
        for finding in verdict.findings:
            ended[ids, attempt, finding.question] = _without_measured(finding)
    return ended


def _without_measured(finding: Finding) -> Finding:
    message = finding.message
    if message is not None:
        values = {name: value for name, value in message.values.items() if name not in MEASURED}
        message = replace(message, values=values)
    evidence = tuple(each for each in finding.evidence if not isinstance(each, RaceEvidence))
    return replace(finding, seconds=0.0, message=message, evidence=evidence)


def differences(one: Outcomes, other: Outcomes) -> int:
    """How many ended differently, or are in one of the two only."""
    return sum(one.get(name) != other.get(name) for name in one.keys() | other.keys())
