"""`package.module:callable` or `file.py:callable`: finding it and building its module.

Modules are built on the meta device, where tensors have sizes but no values. Some
constructors read values of small tensors, and fail there; these are run once more with
only their parameters moved, each as it is registered.
"""

import importlib
import importlib.util
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from typing import Any

import torch
from torch import nn

from convcalc.network.loading import missing_words
from convcalc.text.errors import ConvcalcError, nearest_hint

Arguments = dict[str, Any]


def build_module(target: str, arguments: Arguments) -> nn.Module:
    """The module that a callable returns, without memory for its weights.

    Raises:
        ConvcalcError: no such callable, or it returns no module.
        Exception: whatever the callable raises.
    """
    function = find_callable(target)
    try:
        with torch.device("meta"):
            module = function(**arguments)
    except (NotImplementedError, RuntimeError, TypeError) as error:
        if not isinstance(error, NotImplementedError) and "meta" not in str(error):
            raise
        with _parameters_on_meta():  # it asks for the value of a tensor that has none
            module = function(**arguments)
    if not isinstance(module, nn.Module):
        raise ConvcalcError(f"{target} gives a {type(module).__name__}, not a torch.nn.Module")
    return module


def valueless_copy(module: nn.Module) -> nn.Module:
    """A copy on the meta device; the module keeps its values, and none of them is copied.

    Raises:
        Exception: whatever copying raises.
    """
    found: Any = dict.fromkeys([*module.parameters(), *module.buffers()])
    with torch.no_grad():
        known = {id(tensor): _on_meta(tensor) for tensor in found}
    copied: nn.Module = deepcopy(module, known)
    return copied


def _on_meta(tensor: torch.Tensor) -> torch.Tensor:
    empty = torch.empty_like(tensor, device="meta")
    if isinstance(tensor, nn.Parameter):
        return nn.Parameter(empty, tensor.requires_grad)
    return empty


def find_callable(target: str) -> Callable[..., Any]:
    """What `package.module:name` or `file.py:name` names; the name may have dots.

    Raises:
        ConvcalcError: no such file, module or name.
    """
    place, colon, name = target.rpartition(":")
    if not colon or not place or not name:
        raise ConvcalcError(
            f"`{target}` names no callable", "write package.module:callable or file.py:callable"
        )
    found: Any = _load_file(place) if place.endswith(".py") else _load_module(place)
    for part in name.split("."):
        if not hasattr(found, part):
            known = [each for each in dir(found) if not each.startswith("_")]
            raise ConvcalcError(f"{place} has no `{part}`", nearest_hint(part, known))
        found = getattr(found, part)
    if isinstance(found, nn.Module):
        return _returning_module(found)
    if not callable(found):
        raise ConvcalcError(f"`{target}` is a {type(found).__name__}, not a callable")
    return found  # type: ignore[no-any-return]  # callable(found)


def _returning_module(module: nn.Module) -> Callable[..., Any]:
    """A module that exists already, as a callable without arguments."""
    return lambda: module


def _load_file(path: str) -> Any:
    if not os.path.isfile(path):
        raise ConvcalcError(f"{path}: {missing_words(path)}")
    name = os.path.splitext(os.path.basename(path))[0]
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ConvcalcError(f"{path}: not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules.setdefault(name, module)  # dataclasses look themselves up
    with _importing_beside(os.path.dirname(os.path.abspath(path))):
        spec.loader.exec_module(module)
    return module


def _load_module(name: str) -> Any:
    with _importing_beside(os.getcwd()):
        try:
            return importlib.import_module(name)
        except ModuleNotFoundError as error:
            if error.name is None or not (name + ".").startswith(error.name + "."):
                raise
            hint = "" if name != error.name else "install it, or name a file: net.py:callable"
            raise ConvcalcError(f"there is no module `{error.name}`", hint) from None


@contextmanager
def _importing_beside(folder: str) -> Iterator[None]:
    """Let a model import what lies beside it, as `python file.py` would."""
    sys.path.insert(0, folder)
    try:
        yield
    finally:
        sys.path.remove(folder)


@contextmanager
def _parameters_on_meta() -> Iterator[None]:
    """Parameters and buffers lose their values as soon as a module has them."""
    register = nn.Module.register_parameter
    buffer = nn.Module.register_buffer

    def register_parameter(self: nn.Module, name: str, param: nn.Parameter | None) -> None:
        if param is not None and param.device.type != "meta":
            param = nn.Parameter(param.detach().to("meta"), param.requires_grad)
        register(self, name, param)

    def register_buffer(
        self: nn.Module, name: str, tensor: torch.Tensor | None, persistent: bool = True
    ) -> None:
        buffer(self, name, None if tensor is None else tensor.to("meta"), persistent)

    nn.Module.register_parameter = register_parameter
    nn.Module.register_buffer = register_buffer
    try:
        yield
    finally:
        nn.Module.register_parameter = register
        nn.Module.register_buffer = buffer
