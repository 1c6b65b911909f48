"""A batch that is interrupted or killed: nothing is left behind, and it continues."""

import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from grader.cli.batch import Interruptions, gradebook_file, resume_command
from tests.support.batches import (
    LentKey,
    RunningBatch,
    grader,
    lend_key,
    query,
    wait_until_gone,
    write_class,
    write_correct,
)
from tests.support.paths import PROJECT

HANGING = "def softmax_loss_naive(W, X, y, reg):\n    while True: pass\n"
# Limits under which it hangs for ten minutes.
PATIENT = [f"limits.{name}_seconds=600" for name in ("call", "function", "submission")]
FINISHING = "Finishing what was begun, then it stops.\n"
StartBatch = Callable[..., RunningBatch]


@pytest.fixture(scope="module")
def patient(tmp_path_factory: pytest.TempPathFactory) -> LentKey:
    """The key of a run with these limits."""
    return lend_key(tmp_path_factory.mktemp("patient"), *PATIENT)


@pytest.fixture
def start_batch(tmp_path: Path) -> Iterator[StartBatch]:
    """Starts a batch that does not outlive the test. Its run is tmp_path/run."""
    started: list[RunningBatch] = []

    def start(source: Path, *options: str | Path) -> RunningBatch:
        words = map(str, options)
        started.append(RunningBatch(source, tmp_path / "run", *words, own_group=True))
        return started[-1]

    yield start
    for batch in started:
        batch.process.kill()
        batch.process.communicate()


def error_lines(batch: RunningBatch) -> Iterator[str]:
    """What it prints on standard error, as it comes."""
    assert batch.process.stderr is not None
    return iter(batch.process.stderr.readline, "")


def every_verdict_once(run: Path, count: int) -> bool:
    rows = query(run, "SELECT count(*), count(DISTINCT submission) FROM verdicts")
    return rows == [(count, count)]


def test_interrupted_it_finishes_what_runs_and_names_the_command_that_continues(
    tmp_path: Path, lent: LentKey, start_batch: StartBatch
) -> None:
    batch = start_batch(write_correct(tmp_path / "class", 40), *lent)
    batch.wait_for_verdicts(2)
    # As a terminal's Ctrl-C: everybody in the process group gets it.
    os.killpg(batch.process.pid, signal.SIGINT)
    _, errors = batch.process.communicate()
    assert batch.process.returncode == 130
    assert 2 <= len(query(batch.run, "SELECT * FROM verdicts")) < 40
    command = shlex.split(errors.splitlines()[-1])
    subprocess.run(command, cwd=PROJECT, capture_output=True, check=True)
    assert every_verdict_once(batch.run, 40)


def test_a_terminals_interrupt_does_not_reach_the_workers(
    tmp_path: Path, start_batch: StartBatch
) -> None:
    """What hangs keeps a worker busy for a second. All that time the same two workers run, and
    both submissions get their verdict."""
    hanging = {f"z{number}.py": HANGING for number in range(6)}
    source = write_class(write_correct(tmp_path / "class", 1), hanging)
    limits = ["--set", "limits.call_seconds=1", "--set", "limits.function_seconds=1"]
    batch = start_batch(source, "--jobs", "2", *limits)
    batch.wait_for_verdicts(1)
    workers = batch.workers()
    os.killpg(batch.process.pid, signal.SIGINT)
    while batch.process.poll() is None:
        assert set(batch.workers()) <= set(workers)  # none had to be replaced
        time.sleep(0.01)
    report = batch.wait()
    assert batch.process.returncode == 130, report
    assert len(workers) == 2
    assert 3 <= len(query(batch.run, "SELECT * FROM verdicts")) < 7
    assert "To continue:" in report


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_it_says_so_at_once_and_interrupted_twice_it_ends_at_once(
    tmp_path: Path, patient: LentKey, start_batch: StartBatch, number: signal.Signals
) -> None:
    hanging = {"z.py": HANGING, "zz.py": HANGING}
    source = write_class(write_correct(tmp_path / "class", 3), hanging)
    batch = start_batch(source, *patient)
    batch.wait_for_verdicts(3)
    family = batch.descendants()
    batch.process.send_signal(number)
    lines = error_lines(batch)
    assert FINISHING in lines  # while the two hang, for ten minutes
    assert next(lines) == "Ctrl-C once more stops at once; nothing that is written is lost.\n"
    assert batch.process.poll() is None  # it waits for what runs
    batch.process.send_signal(number)
    _, rest = batch.process.communicate()
    assert batch.process.returncode == 130
    wait_until_gone(family)
    *_, sentence, command = rest.splitlines()
    assert sentence == "Interrupted: every result so far is saved. To continue:"
    assert isinstance(batch.process.args, list)
    assert shlex.split(command)[1:] == batch.process.args[1:]  # as it was started
    assert query(batch.run, "SELECT count(*) FROM verdicts") == [(3,)]


def test_the_command_that_continues_starts_over_only_once(
    tmp_path: Path,
    lent: LentKey,
    patient: LentKey,
    start_batch: StartBatch,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """If it was cut off before the earlier gradebook was set aside, that is still to be done."""
    run, source = tmp_path / "run", write_correct(tmp_path / "class", 1)
    grader("batch", source, "--out", run, *lent)
    before = gradebook_file(run)
    batch = start_batch(write_class(source, {"student00.py": HANGING}), "--fresh", *patient)
    while gradebook_file(run) in (before, None):
        time.sleep(0.01)
    batch.process.send_signal(signal.SIGINT)
    assert FINISHING in error_lines(batch)
    batch.process.send_signal(signal.SIGINT)
    _, rest = batch.process.communicate()
    assert "--fresh" not in shlex.split(rest.splitlines()[-1])
    monkeypatch.setattr(sys, "argv", ["grader", "batch", "class", "--fresh"])
    assert resume_command(has_begun=False).endswith("grader batch class --fresh")


def test_an_interrupt_is_not_lost_before_there_is_anything_to_stop() -> None:
    stopped = []
    with Interruptions() as interruptions:
        os.kill(os.getpid(), signal.SIGINT)
        assert interruptions.happened
        interruptions.on_first(lambda: stopped.append(True))
        assert stopped == [True]
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)


def test_killed_it_leaves_no_process_behind_and_continues(
    tmp_path: Path, lent: LentKey, start_batch: StartBatch
) -> None:
    source = write_correct(tmp_path / "class", 20)
    batch = start_batch(source, *lent)
    batch.wait_for_verdicts(3)
    family = batch.descendants()
    assert len(family) >= 4  # workers, and their sandboxes
    batch.process.kill()
    batch.process.communicate()
    wait_until_gone(family)
    grader("batch", source, "--out", batch.run)
    assert every_verdict_once(batch.run, 20)


def test_one_batch_at_a_time_in_a_folder(
    tmp_path: Path, patient: LentKey, start_batch: StartBatch
) -> None:
    source = write_class(write_correct(tmp_path / "class", 1), {"z.py": HANGING})
    batch = start_batch(source, *patient)
    batch.wait_for_verdicts(1)
    second = grader("batch", source, "--out", batch.run, code=2)
    assert "another command is at work in this folder" in second.stderr
