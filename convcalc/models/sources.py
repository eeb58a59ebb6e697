"""Models as sources: an ONNX file, or a callable of Python that makes a PyTorch module.

Whether a text names a callable, whose code is then run, is said here for every command: what
exists as a file never does, whatever it is called, and no path that was found does.
"""

import os

from convcalc.facts.setup import TRAIN
from convcalc.facts.shape import Shape
from convcalc.text.source import Source

CALLABLE, ONNX = "torch:", ".onnx"


def is_callable(source: str) -> bool:
    """Whether a text that a user wrote names a callable: `torch:module:name`, and no file."""
    return source.startswith(CALLABLE) and not os.path.lexists(source)


def is_onnx(source: str) -> bool:
    """Whether a source is named as an ONNX file."""
    return source.lower().endswith(ONNX)


def callable_source(source: str, image: Shape | None, mode: str = TRAIN) -> Source:
    """The spec of what a callable makes; this imports its code, and runs it in that mode.

    Raises:
        ConvcalcError: as `import_torch`.
    """
    from convcalc.models.importers.torch_import import import_torch

    return Source(import_torch(source.removeprefix(CALLABLE), image, mode=mode), source)


def onnx_source(path: str, image: Shape | None) -> Source:
    """The spec of an ONNX file, read by a process of its own.

    Raises:
        ConvcalcError: as `import_onnx`.
    """
    return Source(guarded_onnx(path, image), path)


def guarded_onnx(path: str, image: Shape | None, partial: bool = False) -> str:
    """The same as a text; `partial` takes opaque layers for what no other stands for."""
    from contextlib import suppress

    from convcalc.models.importers.guard import read_guarded
    from convcalc.models.importers.onnx_import import import_onnx

    with suppress(ImportError):  # once, and not in the process of every file
        import convcalc.models.importers.onnx_operators  # noqa: F401
    return read_guarded(import_onnx, path, image, partial)
