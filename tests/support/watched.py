"""A batch at work, as it can be seen from outside, and what its gradebook holds: for tests and for benchmarks/soak.py. Linux."""

import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from grader.gradebook.database import NAME
from grader.verdict import VERDICT, Finding, RaceEvidence, Verdict
from tests.support.hand_ins import fill
from tests.support.paths import PROJECT

REFERENCE = (PROJECT / "reference/softmax/softmax.py").read_text()
LOOK_SECONDS = 0.002
MEASURED = ("seconds", "ratio")  # values of messages that a clock gave
Outcomes = dict[tuple[str, int, str], Finding | Verdict]


def grader(*arguments: object, code: int = 0) -> subprocess.CompletedProcess[str]:
    """python -m grader, which must end with that code."""
    done = subprocess.run(
        [sys.executable, "-m", "grader", *map(str, arguments)],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done


def write_class(folder: Path, files: dict[str, str]) -> Path:
    return fill(folder, {name: text.encode() for name, text in files.items()})


def several(folder: Path, count: int) -> Path:
    return write_class(
        folder, {f"student{number:02}.py": f"{REFERENCE}\n# {number}\n" for number in range(count)}
    )


class BatchEnded(Exception):
    """Earlier than it should, or with an error."""


class Running:
    """A batch in a process of its own. own_group: it gets a process group, as a terminal gives one to each command that it runs."""

    def __init__(self, source: Path, run: Path, *options: str, own_group: bool = False) -> None:
        self.run = run
        command = [
            sys.executable,
            "-m",
            "grader",
            "batch",
            str(source),
            "--out",
            str(run),
            *options,
        ]
        self.process = subprocess.Popen(
            command,
            cwd=PROJECT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=own_group,
        )

    def wait_for(self, verdicts: int) -> None:
        """Until so many are written. Raises BatchEnded where it ends before."""
        while self.process.poll() is None:
            if verdicts_in(self.run) >= verdicts:
                return
            time.sleep(LOOK_SECONDS)
        raise BatchEnded(self.told())

    def end(self) -> None:
        """As it ends by itself. Raises BatchEnded where that is with an error."""
        said = self.told()
        if self.process.returncode != 0:
            raise BatchEnded(said)

    def told(self) -> str:
        """Its code and all that it said, once it has ended."""
        output, errors = self.process.communicate()
        return f"it ended with {self.process.returncode}: {output}{errors}"

    def workers(self) -> list[int]:
        return children(self.process.pid)

    def zygotes(self) -> list[int]:
        """Those of its sandboxes: bubblewrap is the child of a worker, and each of these of a bubblewrap."""
        return [
            zygote
            for worker in self.workers()
            for bubblewrap in children(worker)
            for zygote in children(bubblewrap)
        ]

    def below(self) -> set[int]:
        """All its processes but itself."""
        return set(descendants(self.process.pid))


def children(pid: int) -> list[int]:
    """None of a process that is gone."""
    try:
        return [
            int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        ]
    except (FileNotFoundError, ProcessLookupError):
        return []


def descendants(pid: int) -> list[int]:
    return [found for child in children(pid) for found in (child, *descendants(child))]


def gone(pids: set[int]) -> bool:
    """Within the test's time limit."""
    while any(map(runs, pids)):
        time.sleep(LOOK_SECONDS)
    return True


def runs(pid: int) -> bool:
    """A process that nobody has waited for yet does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def ask(run: Path, query: str) -> list[Any]:
    connection = sqlite3.connect(f"{(run / NAME).absolute().as_uri()}?mode=ro", uri=True)
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


def verdicts_in(run: Path) -> int:
    try:
        return int(ask(run, "SELECT count(*) FROM verdicts")[0][0])
    except sqlite3.Error:
        return 0  # not begun


def outcomes(run: Path) -> Outcomes:
    """By ids, attempt and question: how each ended; and under "verdict" the rest (score, diagnosis, flags). Without what a clock told."""
    query = """
        SELECT ids, attempt, verdict
        FROM current_verdicts AS v JOIN submissions AS s ON s.id = v.submission"""
    found: Outcomes = {}
    for ids, attempt, text in ask(run, query):
        verdict = VERDICT.decode(text)
        found[ids, attempt, "verdict"] = replace(verdict, findings=())
        found.update(
            {(ids, attempt, each.question): without_measured(each) for each in verdict.findings}
        )
    return found


def without_measured(finding: Finding) -> Finding:
    message = finding.message
    if message is not None:
        message = replace(
            message,
            values={name: value for name, value in message.values.items() if name not in MEASURED},
        )
    evidence = tuple(each for each in finding.evidence if not isinstance(each, RaceEvidence))
    return replace(finding, seconds=0.0, message=message, evidence=evidence)


def differences(one: Outcomes, other: Outcomes) -> int:
    """How many ended differently, or are in one of them only."""
    return sum(one.get(name) != other.get(name) for name in one.keys() | other.keys())
