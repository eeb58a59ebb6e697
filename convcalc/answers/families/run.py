"""A sweep: members worked out in order, by one process or several."""

import os
import signal
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple, Self

from convcalc.answers.families.evaluate import Evaluator
from convcalc.answers.families.members import Member
from convcalc.answers.figures import NetworkRow
from convcalc.text.errors import ConvcalcError, internal_error

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess

CHUNK = 32  # members that a process takes at a time; fewer at first, so that lines come early
AHEAD = 4  # chunks for each process that are under way; what is not yet taken takes memory
ENDED = "a process that worked out members was ended from outside; were they too large?"
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
    with _Workers(make, jobs) as workers:
        done: dict[int, list[Done]] = {}
        chunks = enumerate(_split_chunks(members))
        number = 0  # of the chunk whose turn it is
        while True:
            for given in islice(chunks, min(workers.idle, number + AHEAD * jobs - workers.given)):
                workers.give(*given)
            if number == workers.given:
                return
            if number in done:
                yield from done.pop(number)
                number += 1
            else:
                done.update(workers.take())


class _Workers:
    """Processes, each with one chunk at a time.

    Of one thread and no lock: Ctrl-C may come anywhere, and a process that another one has
    killed is seen. They end with this process, whose end of a pipe nobody else holds.
    """

    def __init__(self, make: Callable[[], Evaluator], jobs: int) -> None:
        self._make = make
        self._jobs = jobs
        self._processes: list[BaseProcess] = []
        self._free: list[Connection] = []
        self._busy: list[Connection] = []
        self.given = 0

    def __enter__(self) -> Self:
        with _without_interrupts():  # which importlib's own clean-up may lose
            import multiprocessing

            methods = multiprocessing.get_all_start_methods()
            context = multiprocessing.get_context("fork" if "fork" in methods else None)
            for _ in range(self._jobs):
                ours, theirs = context.Pipe()
                self._free.append(ours)
                inherited = self._free if context.get_start_method() == "fork" else []
                process = context.Process(
                    target=_work, args=(self._make, theirs, inherited), daemon=True
                )
                process.start()
                theirs.close()
                self._processes.append(process)
        return self

    def __exit__(self, *_: object) -> None:
        with _without_interrupts():
            for process in self._processes:
                process.terminate()
            for process in self._processes:
                process.join()

    @property
    def idle(self) -> int:
        """Processes without a chunk."""
        return len(self._free)

    def give(self, number: int, chunk: list[Member]) -> None:
        """Let one that is idle work a chunk out."""
        connection = self._free.pop()
        self._busy.append(connection)
        self.given += 1
        connection.send((number, chunk))

    def take(self) -> dict[int, list[Done]]:
        """What has been worked out, by number of the chunk; waits for one at least."""
        from multiprocessing.connection import wait

        done = {}
        ready = wait(self._busy)
        for connection in [each for each in self._busy if each in ready]:
            try:
                number, result = connection.recv()
            except (EOFError, OSError):
                raise ConvcalcError(ENDED) from None
            if isinstance(result, Exception):
                raise result
            done[number] = result
            self._busy.remove(connection)
            self._free.append(connection)
        return done


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


def _split_chunks(members: Iterable[Member]) -> Iterator[list[Member]]:
    source, size = iter(members), 1
    while chunk := list(islice(source, size)):
        yield chunk
        size = min(2 * size, CHUNK)


def _work(
    make: Callable[[], Evaluator], connection: "Connection", inherited: list["Connection"]
) -> None:
    """What one of the processes does, until the first one ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the first process ends the others
    for other in inherited:
        other.close()
    evaluator = make()
    with suppress(EOFError, OSError):
        while True:
            number, chunk = connection.recv()
            connection.send((number, _worked_out(evaluator, chunk)))


def _worked_out(evaluator: Evaluator, chunk: list[Member]) -> list[Done] | Exception:
    try:
        return [Done(member.number, evaluator.member_row(member)) for member in chunk]
    except ConvcalcError as error:
        return error
    except Exception as error:
        told = internal_error(error)
        return ConvcalcError(told.message, told.whole_hint)  # without what cannot be sent
