"""A sweep: members worked out in order, by one process or several."""

import os
import signal
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from threading import Semaphore
from typing import Any, NamedTuple

from convcalc.answers.families.evaluate import Evaluator
from convcalc.answers.families.members import Member
from convcalc.answers.figures import NetworkRow

CHUNK = 32  # members that a process takes at a time; fewer at first, so that lines come early
AHEAD = 4  # chunks for each process that are under way
FEW = 300  # members that one process is done with before others have started


class Done(NamedTuple):
    """A member that has been worked out; no row where a condition leaves it out."""

    number: int
    row: NetworkRow | None


def evaluate_members(
    members: Iterable[Member], make: Callable[[], Evaluator], jobs: int
) -> Iterator[Done]:
    """Every member in order, worked out by `jobs` processes.

    `make` is called in each of them.
    """
    if jobs == 1:
        evaluator = make()
        for member in members:
            yield Done(member.number, evaluator.member_row(member))
    else:
        yield from _in_processes(members, make, jobs)


def usable_processors() -> int:
    """Processors that this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _in_processes(
    members: Iterable[Member], make: Callable[[], Evaluator], jobs: int
) -> Iterator[Done]:
    import multiprocessing

    methods = multiprocessing.get_all_start_methods()
    context = multiprocessing.get_context("fork" if "fork" in methods else None)
    throttle = _Throttle(AHEAD * jobs)
    with _without_interrupts():  # until the new processes leave Ctrl-C to this one
        pool = context.Pool(jobs, _begin_worker, (make,))
    with pool:
        try:
            for chunk in pool.imap(_work_chunk, throttle.let_through(_split_chunks(members))):
                throttle.slots.release()
                yield from chunk
        finally:
            throttle.stop_work()  # the pool waits for the thread that hands out the work


@contextmanager
def _without_interrupts() -> Iterator[None]:
    """Keep Ctrl-C for later, where the system can; processes that begin here never see it."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    older = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, older)


class _Throttle:
    """Holds work back, since what is done but not yet taken takes memory."""

    def __init__(self, ahead: int) -> None:
        self.slots = Semaphore(ahead)
        self.stopped = False

    def let_through(self, chunks: Iterator[list[Member]]) -> Iterator[list[Member]]:
        """The chunks, each when there is room for it."""
        while True:
            self.slots.acquire()
            chunk = None if self.stopped else next(chunks, None)
            if chunk is None:
                return
            yield chunk

    def stop_work(self) -> None:
        """No more work."""
        self.stopped = True
        self.slots.release()


def _split_chunks(members: Iterable[Member]) -> Iterator[list[Member]]:
    source, size = iter(members), 1
    while chunk := list(islice(source, size)):
        yield chunk
        size = min(2 * size, CHUNK)


_evaluator: list[Any] = []  # of a process that works


def _begin_worker(make: Callable[[], Evaluator]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the first process ends the others
    _evaluator[:] = [make()]


def _work_chunk(chunk: list[Member]) -> list[Done]:
    evaluator: Evaluator = _evaluator[0]
    return [Done(member.number, evaluator.member_row(member)) for member in chunk]
