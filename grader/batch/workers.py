"""Processes that work side by side, each with a core of its own. One that dies is replaced, and what it was at is tried again. Linux."""

import contextlib
import ctypes
import gc
import os
import signal
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from types import TracebackType
from typing import Generic, NamedTuple, Self, TypeVar

from grader.model import GraderError

TRIES = 3  # of one task, when workers die of it; and of a worker, until it is ready and as good as the others
READY = b"ready "  # and how good
PR_SET_PDEATHSIG = 1  # prctl(2)
PATIENCE = 5.0  # seconds for a worker to leave in order
TICK = 0.5  # seconds between two calls of while_waiting, at most
Task = TypeVar("Task")
Work = Callable[[Task], bytes]


class Ready(NamedTuple, Generic[Task]):
    """What a worker can do. worth: how good it is at that; only those that are as good as the best work side by side."""

    work: Work[Task]
    worth: int = 0


Prepare = Callable[
    [], AbstractContextManager[Ready[Task]]
]  # what a worker needs, made in its own process


class Worker(Generic[Task]):
    """One process, and what it is at. core: the number of its own; others: what this copy of the process need not know.

    It is given one thing at a time: both sides never wait for the other to read.
    """

    def __init__(self, prepare: Prepare[Task], core: int, others: Iterable[Connection]) -> None:
        context = get_context("fork")  # all that is loaded here is there at once
        self.core = core
        self.task: Task | None = None
        self.deaths = 0  # of those that were at this task
        self.worth: int | None = None  # once it is ready
        self.connection, theirs = context.Pipe()
        self.process = context.Process(
            target=serve, args=(prepare, core, theirs, [self.connection, *others]), daemon=True
        )
        self.process.start()
        theirs.close()

    def give(self, task: Task | None, deaths: int = 0) -> None:
        self.task, self.deaths = task, deaths
        if task is not None:
            with contextlib.suppress(OSError):  # it is gone: noticed when its answer is waited for
                self.connection.send(task)

    def hear(self) -> bytes | None:
        """What it says next; None where it has died."""
        try:
            return self.connection.recv_bytes()
        except (EOFError, OSError):
            return None

    def end(self, patience: float = 0.0) -> None:
        """patience: seconds in which it may end by itself, as it does when nobody listens."""
        self.connection.close()
        self.process.join(patience)
        self.process.kill()  # the sandbox that hangs on it dies with it
        self.process.join()


class Workers(Generic[Task]):
    """All methods raise GraderError where no worker can be had."""

    def __init__(
        self,
        jobs: int | None,
        prepare: Prepare[Task],
        while_waiting: Callable[[], None] = lambda: None,
    ) -> None:
        """Starts them. jobs: how many; None for one on each core. while_waiting: is called now and then while they work."""
        self.prepare, self.while_waiting = prepare, while_waiting
        self.is_stopping = False
        self.best = 0  # what every worker has to be worth
        self.staff: list[Worker[Task]] = []
        gc.freeze()  # what is there now stays: neither this process nor its copies look through it again for what may be thrown away
        cores = sorted(os.sched_getaffinity(0))
        for i in range(jobs or len(cores)):
            self.staff.append(self.hire(cores[i % len(cores)]))

    def hire(self, core: int) -> Worker[Task]:
        return Worker(self.prepare, core, [other.connection for other in self.staff])

    def ready(self) -> None:
        """Wait until all of them are, and each as good as the others. Those that were waited for already are."""
        for i, worker in enumerate(self.staff):
            if worker.worth is None:
                self.make_ready(i)
        for i, worker in enumerate(self.staff):
            if worker.worth != self.best:  # it was ready before a better one was
                self.replace(i)
                self.make_ready(i)

    def make_ready(self, i: int) -> None:
        for _ in range(TRIES):
            said = self.staff[i].hear()
            if said is not None and not said.startswith(READY):
                raise GraderError(said.decode())
            if said is not None:
                worth = self.staff[i].worth = int(said.removeprefix(READY))
                if worth >= self.best:
                    self.best = worth
                    return
            self.replace(i)
        if said is None:
            raise GraderError(
                "A process of the grader dies as soon as it starts: is there enough memory? Run it again with --jobs 1."
            )
        raise GraderError(
            "Processes of the grader differ in how well they wall code in: see the command doctor, and run this again."
        )

    def replace(self, i: int) -> None:
        self.staff[i].end()
        self.staff[i] = self.hire(self.staff[i].core)

    def work(
        self, tasks: Iterable[Task], jobs: int | None = None
    ) -> Iterator[tuple[Task, bytes | None]]:
        """Each task with its answer, as they come; None where every worker that tried died of it. jobs: how many work at a time, if not
        all. Once is_stopping is set, what was begun is still answered."""
        waiting = iter(tasks)
        for worker in self.staff[:jobs]:
            worker.give(self.next_of(waiting))
        while busy := {
            worker.connection: i for i, worker in enumerate(self.staff) if worker.task is not None
        }:
            self.while_waiting()
            for connection in wait(list(busy), TICK):
                i = busy[connection]  # type: ignore[index]  # wait() takes other things, too
                worker = self.staff[i]
                task, answer = worker.task, worker.hear()
                assert task is not None
                if answer is None:
                    self.replace(i)
                    self.make_ready(i)
                    if worker.deaths + 1 < TRIES:
                        self.staff[i].give(task, worker.deaths + 1)
                        continue
                self.staff[i].give(
                    self.next_of(waiting)
                )  # first: it works while the answer is dealt with
                yield task, answer

    def stop(self) -> None:
        self.is_stopping = True

    def next_of(self, waiting: Iterator[Task]) -> Task | None:
        return None if self.is_stopping else next(waiting, None)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        patience = PATIENCE if kind is None else 0.0
        for worker in self.staff:
            worker.connection.close()
        for worker in self.staff:
            worker.end(patience)


def serve(
    prepare: Prepare[Task], core: int, line: Connection, others: Iterable[Connection]
) -> None:
    """What a worker does, until nobody listens any more."""
    os.setsid()  # the Ctrl-C of a terminal is for the process that distributes the work
    ctypes.CDLL(None).prctl(
        PR_SET_PDEATHSIG, signal.SIGKILL
    )  # and with it, this one ends, whatever it is at
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    for other in others:
        other.close()
    os.sched_setaffinity(0, {core})
    try:
        with prepare() as (work, worth):
            line.send_bytes(READY + str(worth).encode())
            while True:
                line.send_bytes(work(line.recv()))
    except GraderError as fault:
        with contextlib.suppress(OSError):
            line.send_bytes(str(fault).encode())
    except (EOFError, OSError):
        return
