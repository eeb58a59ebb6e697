"""A reader in a process of its own: code that is not Python's can crash on a hostile file.

onnx infers sizes in C++, and some malformed models end the process that asks. Here they end a
child, and are one refusal like any other.
"""

import os
import pickle
import signal
import sys
import threading
import traceback
from collections.abc import Callable
from typing import Any

from convcalc.models.importers.onnx_bytes import LARGEST_REST
from convcalc.text.errors import ConvcalcError, Hint, internal_error
from convcalc.text.source import printable

MOST_SECONDS = 30  # of a processor's time; the largest files that are read take half of it
SPARE = 2**32  # bytes of address space, beside copies of what is read; libraries reserve much
Hints = tuple[str, str | None]  # as it stands at the prompt, and elsewhere
Answer = tuple[str, str, Hints, list[str]]  # a text; or "" and a message, hints, quoted lines
DIES_WITH_PARENT = 1  # PR_SET_PDEATHSIG of linux/prctl.h
NO_HINT: Hints = ("", None)


class Refused(ConvcalcError):
    """What a reader has refused in a process of its own."""

    def __init__(self, message: str, hints: Hints, lines: list[str]) -> None:
        super().__init__(message, Hint(hints[0], plain=hints[1]))
        self.lines = lines

    def quoted_lines(self) -> list[str]:
        """What stands under the message."""
        return self.lines


def read_guarded(read: Callable[..., str], path: str, *arguments: Any) -> str:
    """What `read(path, *arguments)` returns.

    Where there are no processes to fork, or other threads that a child would miss, it is
    called here.

    Raises:
        ConvcalcError: as `read`; or it has crashed on the file.
    """
    if not hasattr(os, "fork") or threading.active_count() > 1:
        return read(path, *arguments)
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        try:
            os.close(reading)
            _bound_time()
            _bound_memory(path)
            with os.fdopen(writing, "wb") as pipe:
                pickle.dump(_answer(read, path, *arguments), pipe)
        finally:
            os._exit(0)
    os.close(writing)
    try:
        with os.fdopen(reading, "rb") as pipe:
            data = pipe.read()
    except BaseException:  # whoever stops us stops it
        os.kill(child, signal.SIGKILL)
        raise
    finally:
        _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGXCPU:
        raise ConvcalcError(f"{printable(path)}: reading it takes more than {MOST_SECONDS} seconds")
    if not data:
        raise ConvcalcError(f"{printable(path)}: not a valid ONNX model: onnx itself crashes on it")
    text, message, hints, lines = pickle.loads(data)
    if message:
        raise Refused(message, hints, lines)
    return str(text)


def _bound_time() -> None:
    """Let this process end when its time is over, and with the one that waits for it."""
    import resource

    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    if hard == resource.RLIM_INFINITY or hard > MOST_SECONDS:
        resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, hard))
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(DIES_WITH_PARENT, signal.SIGKILL)


def _bound_memory(path: str) -> None:
    """Let this process take no more than reading a file of that size can need.

    A few bytes can ask onnx's inference for tensors without bound.
    """
    try:
        import resource

        with open("/proc/self/statm", encoding="ascii") as file:
            taken = int(file.read().split()[0]) * resource.getpagesize()
        most = taken + SPARE + 4 * min(os.path.getsize(path), LARGEST_REST)
    except (ModuleNotFoundError, OSError):
        return  # only Linux says what a process has taken; the reader says what is not there
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    if hard != resource.RLIM_INFINITY:
        most = min(most, hard)  # which may not be raised
    resource.setrlimit(resource.RLIMIT_AS, (most, most))


def _answer(read: Callable[..., str], path: str, *arguments: Any) -> Answer:
    try:
        return read(path, *arguments), "", NO_HINT, []
    except ConvcalcError as error:
        return "", error.message, (error.hint, error.plain), error.quoted_lines()
    except Exception as error:
        try:
            told = internal_error(error, path)
        except Exception as ours:  # as CONVCALC_TRACEBACK asks for
            return "", f"{type(ours).__name__}: {ours}", NO_HINT, traceback.format_exc().split("\n")
        return "", told.message, (told.hint, told.plain), []
