"""A module's tensors without values, and what its modules hold put back as it was."""

from collections import OrderedDict, defaultdict, deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn
from torch.utils._pytree import tree_map_only

LISTS = (list, deque)
CONTAINERS = (*LISTS, dict, OrderedDict, defaultdict, set)
REGISTERED = ("_parameters", "_buffers", "_modules")  # the attributes of a module that have them


def on_meta(module: nn.Module) -> nn.Module:
    """The module itself, its tensors without values; those that were one stay one."""
    moved: dict[int, torch.Tensor] = {}
    for each in module.modules():
        for held in (each._parameters, each._buffers):
            for name, tensor in held.items():
                if tensor is not None and not tensor.is_meta:
                    held[name] = moved.setdefault(id(tensor), _moved_to_meta(tensor))
    return module


def attributes_on_meta(module: nn.Module) -> None:
    """What its modules hold without registering it loses its values, too."""
    for each in module.modules():
        for name, value in list(vars(each).items()):
            if isinstance(value, torch.Tensor | list | tuple | dict) and name not in REGISTERED:
                setattr(each, name, tree_map_only(torch.Tensor, _moved_to_meta, value))


def _moved_to_meta(tensor: torch.Tensor) -> torch.Tensor:
    if isinstance(tensor, nn.Parameter):
        return nn.Parameter(tensor.detach().to("meta"), tensor.requires_grad)
    return tensor.to("meta")


@contextmanager
def unchanged(module: nn.Module) -> Iterator[None]:
    """Take back what a pass leaves in the modules' attributes: caches, lists, counters.

    Each pass is then the first one, and runs the same operators.
    """
    attributes = [(vars(each), dict(vars(each))) for each in module.modules()]
    values = [value for _, held in attributes for value in held.values()]
    containers = [(value, value.copy()) for value in values if type(value) in CONTAINERS]
    try:
        yield
    finally:
        for now, before in attributes:
            _refill(now, before)
        for container, before in containers:
            _refill(container, before)


def _refill(container: Any, content: Any) -> None:
    """In place: others may hold the same."""
    container.clear()
    (container.extend if isinstance(container, LISTS) else container.update)(content)
