"""torchvision's models without its compiled operators, which its import asks for."""

import torch

_LIBRARY = torch.library.Library("torchvision", "FRAGMENT")
_BOXES = "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"
for _name in ("nms", "qnms"):
    if not hasattr(torch.ops.torchvision, _name):
        _LIBRARY.define(_name + _BOXES)

from torchvision import models, ops  # noqa: E402

__all__ = ["models", "ops"]
