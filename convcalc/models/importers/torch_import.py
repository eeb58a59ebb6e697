"""`convcalc import torch`: a model's module, traced and written as a spec."""

import sys
import traceback
from collections.abc import Sequence
from contextlib import redirect_stdout
from typing import TYPE_CHECKING, Any

from convcalc.facts.shape import Shape
from convcalc.models.importers.reading import module_names
from convcalc.models.importers.spec import spec_text
from convcalc.text.errors import ConvcalcError

if TYPE_CHECKING:
    from torch import nn

PREFIX = "torch:"  # of a source that is a model's callable
IMAGE = Shape(224, 224, 3)
OURS = "convcalc"


class ModelFailed(ConvcalcError):
    """The model's own code has raised; `trace` is its traceback."""

    def __init__(self, message: str, trace: str, hint: str = "") -> None:
        super().__init__(message, hint)
        self.trace = trace


def import_torch(
    target: str,
    image: Shape | Sequence[Shape] = IMAGE,
    arguments: dict[str, Any] | None = None,
    partial: bool = False,
) -> str:
    """The spec of what `package.module:callable` or `file.py:callable` returns.

    This imports and runs the model's code. `image` is the size of one
    image, or those of several inputs.

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
            f"{target}({called}) raises {_error_name(error)}", _model_traceback(error)
        ) from None
    return spec_of(module, image, target, f"({called})" * bool(called), partial)


def spec_of(
    module: "nn.Module",
    image: Shape | Sequence[Shape],
    target: str,
    called: str = "",
    partial: bool = False,
) -> str:
    """The spec of a module that exists; `target` and `called` are its name and arguments.

    Raises:
        ModelFailed: the model's forward raises.
        ConvcalcError: operators that no layer stands for.
    """
    from convcalc.models.importers import torch_trace

    try:
        with redirect_stdout(sys.stderr):
            traced = torch_trace.trace_module(module, image, PREFIX + target, module_names())
    except ConvcalcError:
        raise
    except (Exception, SystemExit) as error:
        hint = "give each of its inputs an --input" if "missing a required" in str(error) else ""
        sizes = [image] if isinstance(image, Shape) else image
        message = f"{target} on {' and '.join(map(str, sizes))} raises {_error_name(error)}"
        raise ModelFailed(message, _model_traceback(error), hint) from None
    return spec_text(traced._replace(source=f"{PREFIX}{target}{called}"), partial)


def spec_of_existing(
    module: "nn.Module", image: Shape | Sequence[Shape], target: str, partial: bool = False
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
        raise ModelFailed(message, _model_traceback(error), hint) from None
    return spec_of(copied, image, target, "", partial)


def _error_name(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}".split("\n")[0]


def _model_traceback(error: BaseException) -> str:
    """The traceback from the model's own code on."""
    frames = traceback.extract_tb(error.__traceback__)
    while frames and f"/{OURS}/models/importers/" in frames[0].filename.replace("\\", "/"):
        del frames[0]
    lines = ["Traceback (most recent call last):\n", *traceback.format_list(frames)]
    return "".join([*lines, *traceback.format_exception_only(error)])
