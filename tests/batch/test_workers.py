"""WorkerPool: every task is answered once, whoever dies meanwhile."""

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
    """Answers with the process that did it. What to do is in the task."""

    def work(task: Task) -> bytes:
        what, number = task
        with open(folder / f"tries-{number}", "a") as tries:
            tries.write(".")
        if what == "die" or (
            what == "die once" and (folder / f"tries-{number}").stat().st_size == 1
        ):
            os.kill(os.getpid(), signal.SIGKILL)
        if what == "sleep":
            time.sleep(0.05)
        if what == "sleep long":
            time.sleep(2 * TICK)
        return f"{number} {os.getpid()} {sorted(os.sched_getaffinity(0))}".encode()

    yield Ready(work)


def refusing() -> AbstractContextManager[Ready[Task]]:
    raise GraderError("There is no sandbox here.")


def dying() -> AbstractContextManager[Ready[Task]]:
    os._exit(1)


def numbers(
    workers: WorkerPool[Task], tasks: list[Task], jobs: int | None = None
) -> list[tuple[int, bytes | None]]:
    return [(task[1], answer) for task, answer in workers.work(tasks, jobs)]


def test_every_task_is_answered_once_by_several_processes(tmp_path: Path) -> None:
    with WorkerPool(2, partial(plain, tmp_path)) as workers:
        workers.ready()
        answers = numbers(workers, [("sleep", number) for number in range(20)])
    assert sorted(number for number, _ in answers) == list(range(20))
    assert len({answer.split()[1] for _, answer in answers if answer}) == 2


def test_while_all_are_busy_it_is_told_that_time_passes(tmp_path: Path) -> None:
    told = []
    with WorkerPool(1, partial(plain, tmp_path), lambda: told.append("waiting")) as workers:
        workers.ready()
        assert len(numbers(workers, [("sleep long", 1)])) == 1
    assert len(told) >= 2


def test_each_has_one_core(tmp_path: Path) -> None:
    with WorkerPool(2, partial(plain, tmp_path)) as workers:
        workers.ready()
        answers = numbers(workers, [("sleep", number) for number in range(8)])
    cores = {answer.split(b" ", 2)[2] for _, answer in answers if answer}
    assert all(b"," not in core for core in cores)
    assert len(cores) == min(2, len(os.sched_getaffinity(0)))


def test_one_at_a_time_means_one_process(tmp_path: Path) -> None:
    with WorkerPool(2, partial(plain, tmp_path)) as workers:
        workers.ready()
        answers = numbers(workers, [("sleep", number) for number in range(6)], jobs=1)
    assert len({answer.split()[1] for _, answer in answers if answer}) == 1


def test_what_a_worker_died_of_is_tried_again(tmp_path: Path) -> None:
    with WorkerPool(2, partial(plain, tmp_path)) as workers:
        workers.ready()
        answers = numbers(
            workers, [("die once" if number % 3 == 0 else "work", number) for number in range(9)]
        )
    assert sorted(number for number, _ in answers) == list(range(9))
    assert all(answer is not None for _, answer in answers)


def test_what_every_worker_dies_of_is_given_up_and_the_rest_goes_on(tmp_path: Path) -> None:
    with WorkerPool(1, partial(plain, tmp_path)) as workers:
        workers.ready()
        answers = dict(numbers(workers, [("work", 0), ("die", 1), ("work", 2)]))
    assert answers[1] is None
    assert answers[0]
    assert answers[2]
    assert (tmp_path / "tries-1").stat().st_size == TRIES


def test_a_worker_that_is_killed_from_outside_is_replaced(tmp_path: Path) -> None:
    with WorkerPool(2, partial(plain, tmp_path)) as workers:
        workers.ready()
        answered = []
        for task, answer in workers.work([("sleep", number) for number in range(12)]):
            answered.append(task[1])
            assert answer is not None
            if len(answered) in (2, 6):
                os.kill(workers.workers[0].process.pid or 0, signal.SIGKILL)
    assert sorted(answered) == list(range(12))


def test_after_stop_what_was_begun_is_finished_and_nothing_else(tmp_path: Path) -> None:
    with WorkerPool(2, partial(plain, tmp_path)) as workers:
        workers.ready()
        answered = []
        for task, answer in workers.work([("sleep", number) for number in range(30)]):
            answered.append(task[1])
            assert answer
            workers.stop()
    assert len(answered) == len(list(tmp_path.iterdir())) <= 4


def test_why_a_worker_cannot_start_is_told() -> None:
    with WorkerPool(2, refusing) as workers, pytest.raises(GraderError, match="no sandbox here"):
        workers.ready()


def test_workers_that_only_die_are_given_up() -> None:
    with (
        WorkerPool(1, dying) as workers,
        pytest.raises(GraderError, match="dies as soon as it starts"),
    ):
        workers.ready()


@contextmanager
def unequal(folder: Path, levels: tuple[int, ...]) -> Iterator[Ready[Task]]:
    """The first that begins is worth the first number, and so on; those after the last are worth as much as that."""
    with open(folder / "begun", "a") as begun:
        begun.write(".")
        place = begun.tell() - 1
    yield Ready(
        lambda task: b"%d" % levels[min(place, len(levels) - 1)],
        levels[min(place, len(levels) - 1)],
    )


@pytest.mark.parametrize("levels", [(1, 2), (2, 1, 2), (1, 1, 2)])
def test_only_those_that_are_as_good_as_the_best_work(
    tmp_path: Path, levels: tuple[int, ...]
) -> None:
    with WorkerPool(3, partial(unequal, tmp_path, levels)) as workers:
        workers.ready()
        assert {
            answer for _, answer in numbers(workers, [("work", number) for number in range(9)])
        } == {b"2"}


def test_none_that_is_worse_takes_the_place_of_one_that_died(tmp_path: Path) -> None:
    with WorkerPool(1, partial(unequal, tmp_path, (2, 1))) as workers:
        workers.ready()
        workers.workers[0].process.kill()
        with pytest.raises(GraderError, match="do not all reach the same isolation level"):
            numbers(workers, [("work", 0)])


def test_nothing_is_left_behind(tmp_path: Path) -> None:
    with WorkerPool(2, partial(plain, tmp_path)) as workers:
        workers.ready()
        pids = [worker.process.pid for worker in workers.workers]
    assert not any(Path(f"/proc/{pid}").exists() for pid in pids)
