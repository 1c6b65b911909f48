"""A pool of worker processes, each on a core of its own. Linux only.

A worker that dies is replaced, and its task is tried again.
"""

import contextlib
import ctypes
import gc
import os
import signal
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from typing import Generic, NamedTuple, Self, TypeVar

from grader.model import GraderError

TRIES = 3  # for a task whose workers die, and for a worker to become ready at the best level
PATIENCE = 5.0  # seconds in which a worker may leave in an orderly way
TICK = 0.5  # seconds between two calls of while_waiting, at most
READY = b"ready "  # a worker's first message, followed by its level
PR_SET_PDEATHSIG = 1  # prctl(2)
# A worker looks for garbage after so many new objects, instead of 700: what it makes is hardly ever
# in a circle.
NEW_OBJECTS = 20_000
Task = TypeVar("Task")


class Ready(NamedTuple, Generic[Task]):
    """What a worker offers once it is set up."""

    work: Callable[[Task], bytes]  # does a task and returns the answer
    level: int = 0  # the worker's sandbox level; workers below the best level are replaced


# Sets up one worker, in the worker's own process.
Prepare = Callable[[], AbstractContextManager[Ready[Task]]]


class WorkerPool(Generic[Task]):
    """Worker processes that do tasks side by side. Use it as a context manager.

    Every method raises GraderError if no usable worker can be started.
    """

    def __init__(
        self,
        jobs: int | None,
        prepare: Prepare[Task],
        while_waiting: Callable[[], None] = lambda: None,
    ) -> None:
        """Start the workers, without waiting until they are ready.

        jobs: the number of workers, or None for one on each core.
        while_waiting: called at least every TICK seconds while the workers are busy.
        """
        self.prepare, self.while_waiting = prepare, while_waiting
        self.is_stopping = False
        self.best_level = 0
        self.workers: list[_Worker[Task]] = []
        # All objects that exist now are here to stay. Once they are frozen, the garbage collectors
        # of this process and of its forks skip them.
        gc.freeze()
        cores = sorted(os.sched_getaffinity(0))
        for index in range(jobs or len(cores)):
            self.workers.append(self._spawn(cores[index % len(cores)]))

    def ready(self) -> None:
        """Wait until every worker is set up, at the best level that any of them reached."""
        for index, worker in enumerate(self.workers):
            if worker.level is None:
                self._await_ready(index)
        for index, worker in enumerate(self.workers):
            if worker.level != self.best_level:  # a later one has reached a better level
                self._replace(index)

    def work(
        self, tasks: Iterable[Task], jobs: int | None = None
    ) -> Iterator[tuple[Task, bytes | None]]:
        """Yield each task with its answer, in the order in which the answers arrive.

        The answer is None if every worker that tried the task died. After stop(), running tasks
        still get their answers, and no other task is begun.
        jobs: how many workers take part, or None for all.
        """
        queue = iter(tasks)
        for worker in self.workers[:jobs]:
            worker.assign(self._next_task(queue))
        while busy := self._busy():
            self.while_waiting()
            for connection in wait(list(busy), TICK):
                index = busy[connection]  # type: ignore[index]  # wait() takes other types, too
                worker = self.workers[index]
                task, answer = worker.task, worker.receive()
                assert task is not None
                if answer is None:
                    self._replace(index)
                    deaths = worker.deaths + 1
                    if deaths < TRIES:
                        self.workers[index].assign(task, deaths)
                        continue
                # The next task goes out first: the worker is busy while the answer is handled.
                self.workers[index].assign(self._next_task(queue))
                yield task, answer

    def stop(self) -> None:
        """Begin no further task. Safe to call from a signal handler."""
        self.is_stopping = True

    def _spawn(self, core: int) -> "_Worker[Task]":
        return _Worker(self.prepare, core, [other.connection for other in self.workers])

    def _replace(self, index: int) -> None:
        """Put a new worker in the place of one, and wait until it is ready."""
        self._respawn(index)
        self._await_ready(index)

    def _respawn(self, index: int) -> None:
        self.workers[index].end()
        self.workers[index] = self._spawn(self.workers[index].core)

    def _await_ready(self, index: int) -> None:
        """Wait for a worker's first message; restart it if it is dead or below the best level.

        Raises GraderError with the worker's own reason, or after TRIES attempts.
        """
        for _ in range(TRIES):
            message = self.workers[index].receive()
            if message is not None and not message.startswith(READY):
                raise GraderError(message.decode())
            if message is not None:
                level = self.workers[index].level = int(message.removeprefix(READY))
                if level >= self.best_level:
                    self.best_level = level
                    return
            self._respawn(index)
        if message is None:
            raise GraderError(
                "A worker process dies as soon as it starts. Is there enough memory? "
                "Run this again with --jobs 1."
            )
        raise GraderError(
            "The worker processes do not all reach the same isolation level. "
            "See the command doctor, and run this again."
        )

    def _busy(self) -> dict[Connection, int]:
        """Return the connections of the workers that have a task, with the workers' indexes."""
        return {
            worker.connection: index
            for index, worker in enumerate(self.workers)
            if worker.task is not None
        }

    def _next_task(self, queue: Iterator[Task]) -> Task | None:
        if self.is_stopping:
            return None
        return next(queue, None)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *error: object) -> None:
        patience = PATIENCE if kind is None else 0.0
        # First ask all of them to leave, then wait for one after the other.
        for worker in self.workers:
            worker.connection.close()
        for worker in self.workers:
            worker.end(patience)


class _Worker(Generic[Task]):
    """One worker process and its current task, as the pool sees them.

    It gets one task at a time, so that neither side ever blocks on a full pipe.
    """

    def __init__(self, prepare: Prepare[Task], core: int, others: Iterable[Connection]) -> None:
        """Start the process.

        core: the core that it runs on.
        others: the pool's ends of the other workers' pipes, which the fork has to close.
        """
        context = get_context("fork")  # a fork has every module of this process loaded at once
        self.core = core
        self.level: int | None = None  # known once it is ready
        self.task: Task | None = None
        self.deaths = 0  # how many workers have died of this task
        self.connection, workers_end = context.Pipe()
        self.process = context.Process(
            target=_worker_main,
            args=(prepare, core, workers_end, [self.connection, *others]),
            daemon=True,
        )
        self.process.start()
        workers_end.close()

    def assign(self, task: Task | None, deaths: int = 0) -> None:
        """Send it a task; None if there is nothing more to do."""
        self.task, self.deaths = task, deaths
        if task is None:
            return
        # If it is dead, receive() notices.
        with contextlib.suppress(OSError):
            self.connection.send(task)

    def receive(self) -> bytes | None:
        """Wait for its next message. None if it has died."""
        try:
            return self.connection.recv_bytes()
        except (EOFError, OSError):
            return None

    def end(self, patience: float = 0.0) -> None:
        """Close the pipe, on which a worker leaves by itself; kill it after `patience` seconds."""
        self.connection.close()
        self.process.join(patience)
        self.process.kill()  # its sandbox dies with it
        self.process.join()


def _worker_main(
    prepare: Prepare[Task], core: int, connection: Connection, inherited: Iterable[Connection]
) -> None:
    """Do tasks in a worker process until the pool closes the connection."""
    # In a session of its own, so that a terminal's Ctrl-C reaches only the pool's process.
    os.setsid()
    # The kernel kills this process when the pool's process dies, whatever either of them is doing.
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    # A pipe counts as open as long as any process holds its end, so close the inherited ones.
    for other in inherited:
        other.close()
    os.sched_setaffinity(0, {core})
    gc.set_threshold(NEW_OBJECTS)
    # Neither this process nor its children, which share the core, interrupt each other where one
    # wakes the other up: a reply is read once the child has nothing more to do.
    with contextlib.suppress(OSError):  # a container may forbid it: then it is only slower
        os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
    try:
        with prepare() as ready:
            connection.send_bytes(READY + str(ready.level).encode())
            while True:
                connection.send_bytes(ready.work(connection.recv()))
    except GraderError as error:
        with contextlib.suppress(OSError):
            connection.send_bytes(str(error).encode())
    except (EOFError, OSError):
        return
