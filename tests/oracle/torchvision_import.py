"""torchvision's models, with or without its compiled operators, which its import asks for.

Built for another torch they do not load; declared twice they abort the process.
"""

from importlib.util import find_spec
from pathlib import Path

import torch


def _load_operators() -> None:
    """Load what is compiled as torchvision itself does; declare what its import asks for."""
    found = find_spec("torchvision")
    for folder in (found.submodule_search_locations if found else None) or ():
        for library in Path(folder).glob("_C*"):
            try:
                torch.ops.load_library(library)
            except OSError:
                continue
    for name in ("nms", "qnms"):
        if not hasattr(torch.ops.torchvision, name):
            _LIBRARY.define(name + "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")


_LIBRARY = torch.library.Library("torchvision", "FRAGMENT")
_load_operators()

from torchvision import models, ops  # noqa: E402

__all__ = ["models", "ops"]
