"""`convcalc import torch`: a model's module, traced and written as a spec."""

import os
import sys
import traceback
from collections.abc import Sequence
from contextlib import redirect_stdout
from typing import TYPE_CHECKING, Any

from convcalc.facts.setup import TRAIN
from convcalc.facts.shape import Shape
from convcalc.models.importers.call_options import module_names
from convcalc.models.importers.spec import spec_text
from convcalc.text.errors import TRACEBACK, ConvcalcError

if TYPE_CHECKING:
    from torch import nn

PREFIX = "torch:"  # of a source that is a model's callable
IMAGE = Shape(224, 224, 3)
OURS = "convcalc"


class ModelFailed(ConvcalcError):
    """The model's own code raises `error`: where that is, and its traceback from there on."""

    def __init__(self, message: str, error: BaseException, hint: str = "") -> None:
        super().__init__(message, hint)
        self.trace = _model_traceback(error)
        self.place, self.line = _own_line(error)

    @property
    def location(self) -> str:
        """`file.py:line` of the model's own code."""
        return self.place

    def quoted_lines(self) -> list[str]:
        """That line."""
        return [f"    {self.line}"] if self.line else []


def import_torch(
    target: str,
    image: Shape | Sequence[Shape] | None = None,
    arguments: dict[str, Any] | None = None,
    partial: bool = False,
    mode: str = TRAIN,
) -> str:
    """The spec of what `package.module:callable` or `file.py:callable` returns.

    This imports and runs the model's code. `image` is the size of one
    image, or those of several inputs; 224x224x3 where nobody says it. `mode` is that of the
    module, training or evaluation (INFER), where its code asks for it.

    Raises:
        ModelFailed: the model's code raises.
        ConvcalcError: torch is missing, there is no such callable, or operators that no
            layer stands for.
    """
    try:
        from convcalc.models.importers import torch_target
    except ModuleNotFoundError as error:
        raise ConvcalcError(f"reading a model needs {error.name}", "pip install torch") from None
    called = ", ".join(f"{name}={value!r}" for name, value in (arguments or {}).items())
    try:
        with redirect_stdout(sys.stderr):  # what the model prints is talk
            module = torch_target.build_module(target, arguments or {})
    except ConvcalcError:
        raise
    except (Exception, SystemExit) as error:
        raise ModelFailed(
            f"{target}({called}) raises {_error_name(error)}", error, _trace_hint()
        ) from None
    return spec_of(module, image, target, f"({called})" * bool(called), partial, mode)


def spec_of(
    module: "nn.Module",
    image: Shape | Sequence[Shape] | None,
    target: str,
    called: str = "",
    partial: bool = False,
    mode: str = TRAIN,
) -> str:
    """The spec of a module that exists; `target` and `called` are its name and arguments.

    Raises:
        ModelFailed: the model's forward raises.
        ConvcalcError: operators that no layer stands for.
    """
    from convcalc.models.importers import torch_trace

    shapes = [image or IMAGE] if image is None or isinstance(image, Shape) else list(image)
    try:
        with redirect_stdout(sys.stderr):
            traced = torch_trace.trace_module(module, shapes, PREFIX + target, module_names(), mode)
    except ConvcalcError:
        raise
    except (Exception, SystemExit) as error:
        raise _forward_failure(module, shapes, image is not None, target, error) from None
    return spec_text(traced._replace(source=f"{PREFIX}{target}{called}"), partial)


def spec_of_existing(
    module: "nn.Module", image: Shape | Sequence[Shape], target: str, mode: str = TRAIN
) -> str:
    """The spec of a module that somebody uses: tracing works on a copy without values.

    Raises:
        ModelFailed: the module cannot be copied, or its forward raises.
        ConvcalcError: operators that no layer stands for.
    """
    from convcalc.models.importers.torch_target import valueless_copy

    try:
        copied = valueless_copy(module)
    except Exception as error:
        message = f"a copy of {target} raises {_error_name(error)}"
        hint = f"hand over what makes it, `torch:file.py:{target}`"
        raise ModelFailed(message, error, hint) from None
    return spec_of(copied, image, target, mode=mode)


def _forward_failure(
    module: "nn.Module", shapes: list[Shape], given: bool, target: str, error: BaseException
) -> ModelFailed:
    """What a model's forward raises, in our words where sizes or values are what is wrong."""
    from convcalc.models.importers.torch_failure import explained_failure

    where = f"{target} on {' and '.join(map(str, shapes))}"
    if "missing a required" in str(error):
        hint = "give each of its inputs an --input"
        return ModelFailed(f"{where} raises {_error_name(error)}", error, hint)
    with redirect_stdout(sys.stderr):
        failure = explained_failure(module, shapes, given, error)
    if failure.message:
        return ModelFailed(f"{where}: {failure.message}", failure.error, failure.hint)
    message = f"{where} raises {_error_name(failure.error)}"
    return ModelFailed(message, failure.error, _trace_hint())


def shows_traceback() -> bool:
    """Whether the traceback of what a model raises is asked for."""
    return bool(os.environ.get(TRACEBACK))


def _trace_hint() -> str:
    return "" if shows_traceback() else f"{TRACEBACK}=1 shows the traceback"


def _error_name(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}".split("\n")[0]


def _own_frames(error: BaseException) -> traceback.StackSummary:
    """From the model's own code on."""
    frames = traceback.extract_tb(error.__traceback__)
    while frames and f"/{OURS}/models/importers/" in frames[0].filename.replace("\\", "/"):
        del frames[0]
    return frames


def _own_line(error: BaseException) -> tuple[str, str]:
    """The last line that is neither torch's nor ours, `file.py:line`, and what it says."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{_shown_path(error.filename)}:{error.lineno}", (error.text or "").strip()
    ours = ("/torch/", f"/{OURS}/models/importers/")
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        path = frame.filename.replace("\\", "/")
        if os.path.isfile(path) and not any(each in path for each in ours):
            return f"{_shown_path(path)}:{frame.lineno}", frame.line or ""
    return "", ""


def _shown_path(path: str) -> str:
    """As it is written from the current folder, where it is inside of it."""
    path, here = os.path.abspath(path), os.path.join(os.getcwd(), "")
    return path.removeprefix(here)


def _model_traceback(error: BaseException) -> str:
    """The traceback from the model's own code on."""
    lines = ["Traceback (most recent call last):\n", *traceback.format_list(_own_frames(error))]
    return "".join([*lines, *traceback.format_exception_only(error)])
