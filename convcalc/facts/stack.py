"""The software that a run uses below PyTorch: what the memory figures depend on besides a card."""

from typing import NamedTuple

LAZY, EAGER = "lazy", "eager"
LOADINGS = (LAZY, EAGER)
CUDNN_VERSIONS = (7, 8, 9)


class Stack(NamedTuple):
    """How CUDA loads kernels, and cuDNN.

    `loading`: "lazy", each kernel when it is first used, or "eager", all at once: CUDA before
    11.7, or CUDA_MODULE_LOADING=EAGER. `benchmark`: torch.backends.cudnn.benchmark.
    """

    loading: str = LAZY
    cudnn: int = CUDNN_VERSIONS[-1]
    benchmark: bool = False


PRESENT_STACK = Stack()
