"""The letters of torch's types in records."""

import torch

from convcalc.facts.setup import OWN

LETTERS = {  # of types, as records write them
    torch.float32: OWN, torch.float64: "d", torch.int64: "l", torch.int32: "i", torch.int16: "h",
    torch.float16: "h", torch.bfloat16: "h", torch.bool: "b", torch.uint8: "b", torch.int8: "b",
    torch.complex64: "c", torch.complex128: "z", torch.uint16: "h", torch.uint32: "i",
    torch.uint64: "l",
}  # fmt: skip
