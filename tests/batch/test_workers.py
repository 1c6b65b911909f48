"""The pool of workers: every task gets one answer, whichever worker dies."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path

import pytest

from grader.batch.workers import TICK, TRIES, Ready, WorkerPool
from grader.model import GraderError

Task = tuple[str, int]


@contextmanager
def plain(folder: Path) -> Iterator[Ready[Task]]:
    """Does what the task says, and answers with its number, the process and the core."""

    def work(task: Task) -> bytes:
        action, number = task
        with open(folder / f"tries-{number}", "a") as tries:
            tries.write(".")
            is_first = tries.tell() == 1
        if action == "die" or (action == "die once" and is_first):
            os.kill(os.getpid(), signal.SIGKILL)
        if action == "sleep":
            time.sleep(0.05)
        if action == "sleep long":
            time.sleep(2 * TICK)
        return f"{number} {os.getpid()} {sorted(os.sched_getaffinity(0))}".encode()

    yield Ready(work)


def refusing() -> AbstractContextManager[Ready[Task]]:
    raise GraderError("There is no sandbox here.")


def dying() -> AbstractContextManager[Ready[Task]]:
    os._exit(1)


def answers_of(
    pool: WorkerPool[Task], tasks: list[Task], jobs: int | None = None
) -> list[tuple[int, bytes | None]]:
    return [(task[1], answer) for task, answer in pool.work(tasks, jobs)]


def test_every_task_is_answered_once_by_several_processes(tmp_path: Path) -> None:
    with WorkerPool(2, partial(plain, tmp_path)) as pool:
        pool.ready()
        answers = answers_of(pool, [("sleep", number) for number in range(20)])
    assert sorted(number for number, _ in answers) == list(range(20))
    assert len({answer.split()[1] for _, answer in answers if answer}) == 2


def test_while_all_workers_are_busy_the_caller_is_called(tmp_path: Path) -> None:
    calls = []
    with WorkerPool(1, partial(plain, tmp_path), lambda: calls.append("waiting")) as pool:
        pool.ready()
        assert len(answers_of(pool, [("sleep long", 1)])) == 1
    assert len(calls) >= 2


def test_each_worker_has_one_core(tmp_path: Path) -> None:
    with WorkerPool(2, partial(plain, tmp_path)) as pool:
        pool.ready()
        answers = answers_of(pool, [("sleep", number) for number in range(8)])
    cores = {answer.split(b" ", 2)[2] for _, answer in answers if answer}
    assert all(b"," not in core for core in cores)
    assert len(cores) == min(2, len(os.sched_getaffinity(0)))


def test_one_job_means_one_process(tmp_path: Path) -> None:
    with WorkerPool(2, partial(plain, tmp_path)) as pool:
        pool.ready()
        answers = answers_of(pool, [("sleep", number) for number in range(6)], jobs=1)
    assert len({answer.split()[1] for _, answer in answers if answer}) == 1


def test_a_task_whose_worker_died_is_tried_again(tmp_path: Path) -> None:
    with WorkerPool(2, partial(plain, tmp_path)) as pool:
        pool.ready()
        actions = ["die once", "work", "work"] * 3
        answers = answers_of(pool, [(action, i) for i, action in enumerate(actions)])
    assert sorted(number for number, _ in answers) == list(range(9))
    assert all(answer is not None for _, answer in answers)


def test_a_task_that_every_worker_dies_of_is_given_up_and_the_rest_is_done(tmp_path: Path) -> None:
    with WorkerPool(1, partial(plain, tmp_path)) as pool:
        pool.ready()
        answers = dict(answers_of(pool, [("work", 0), ("die", 1), ("work", 2)]))
    assert answers[1] is None
    assert answers[0]
    assert answers[2]
    assert (tmp_path / "tries-1").stat().st_size == TRIES


def test_a_worker_killed_from_outside_is_replaced(tmp_path: Path) -> None:
    with WorkerPool(2, partial(plain, tmp_path)) as pool:
        pool.ready()
        answered = []
        for task, answer in pool.work([("sleep", number) for number in range(12)]):
            answered.append(task[1])
            assert answer is not None
            if len(answered) in (2, 6):
                os.kill(pool.workers[0].process.pid or 0, signal.SIGKILL)
    assert sorted(answered) == list(range(12))


def test_after_stop_running_tasks_are_finished_and_none_is_begun(tmp_path: Path) -> None:
    with WorkerPool(2, partial(plain, tmp_path)) as pool:
        pool.ready()
        answered = []
        for task, answer in pool.work([("sleep", number) for number in range(30)]):
            answered.append(task[1])
            assert answer
            pool.stop()
    assert len(answered) == len(list(tmp_path.iterdir())) <= 4


def test_the_reason_why_a_worker_cannot_start_is_raised() -> None:
    with WorkerPool(2, refusing) as pool, pytest.raises(GraderError, match="no sandbox here"):
        pool.ready()


def test_workers_that_die_at_the_start_are_given_up() -> None:
    with (
        WorkerPool(1, dying) as pool,
        pytest.raises(GraderError, match="dies as soon as it starts"),
    ):
        pool.ready()


@contextmanager
def unequal(folder: Path, levels: tuple[int, ...]) -> Iterator[Ready[Task]]:
    """The first worker to start has the first level, and so on; later ones have the last level.

    A worker answers with its level.
    """
    with open(folder / "started", "a") as started:
        started.write(".")
        index = started.tell() - 1
    level = levels[min(index, len(levels) - 1)]
    yield Ready(lambda task: b"%d" % level, level)


@pytest.mark.parametrize("levels", [(1, 2), (2, 1, 2), (1, 1, 2)])
def test_only_workers_of_the_best_level_work(tmp_path: Path, levels: tuple[int, ...]) -> None:
    with WorkerPool(3, partial(unequal, tmp_path, levels)) as pool:
        pool.ready()
        answers = answers_of(pool, [("work", number) for number in range(9)])
    assert {answer for _, answer in answers} == {b"2"}


def test_no_worker_of_a_lower_level_replaces_one_that_died(tmp_path: Path) -> None:
    with WorkerPool(1, partial(unequal, tmp_path, (2, 1))) as pool:
        pool.ready()
        pool.workers[0].process.kill()
        with pytest.raises(GraderError, match="do not all reach the same isolation level"):
            answers_of(pool, [("work", 0)])


def test_no_process_is_left_behind(tmp_path: Path) -> None:
    with WorkerPool(2, partial(plain, tmp_path)) as pool:
        pool.ready()
        pids = [worker.process.pid for worker in pool.workers]
    assert not any(Path(f"/proc/{pid}").exists() for pid in pids)
