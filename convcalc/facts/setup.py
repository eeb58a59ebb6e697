"""Under what conditions a network is trained or run: what the memory figures depend on."""

from typing import NamedTuple

TRAIN, INFER = "train", "infer"
# How the optimizer's step is written: all parameters at once (PyTorch's default on CUDA), one
# by one, or in one kernel.
IMPLEMENTATIONS = FOREACH, FOR_LOOP, FUSED = "foreach", "for-loop", "fused"
DDP, ZERO_1, ZERO_2, ZERO_3 = "ddp", "zero-1", "zero-2", "zero-3"
RELEASES = PRESENT_RELEASE, NEXT_RELEASE = "2.13", "2.14"  # of PyTorch, whose rules are known
STRATEGIES = (DDP, ZERO_1, ZERO_2, ZERO_3)  # of several GPUs, each with a batch of its own

# Values kept for each parameter between steps. Source: CS231n's notes, 3.4 (momentum,
# Adagrad, RMSProp: one cache) and the papers of Adam and AMSGrad (two and three moments).
OPTIMIZER_STATE = {
    "sgd": 0,
    "momentum": 1,
    "nesterov": 1,
    "adagrad": 1,
    "rmsprop": 1,
    "adam": 2,
    "adamw": 2,
    "amsgrad": 3,
}

# How else types and modes are written: torch's short names, and what PyTorch calls the modes.
SPELLINGS = {
    **dict.fromkeys(("fp16", "half"), "float16"),
    "bf16": "bfloat16",
    **dict.fromkeys(("fp32", "float", "single"), "float32"),
    **dict.fromkeys(("fp64", "double"), "float64"),
    **dict.fromkeys(("eval", "inference"), INFER),
    "training": TRAIN,
}

# Types in records and specs, by letter: the setup's own, and bytes of a value of the others:
# float32, float64, int64, int32, 16 bits, a byte, complex64, complex128.
OWN = "f"
BYTES = {"s": 4, "d": 8, "l": 8, "i": 4, "h": 2, "b": 1, "c": 8, "z": 16}


class Setup(NamedTuple):
    """Batch, precision, mode and optimizer."""

    batch_size: int = 1
    dtype: str = "float32"
    mode: str = TRAIN
    optimizer: str = "momentum"
    amp: bool = False
    weight_decay: float = 0.0
    accumulate: int = 1  # micro-batches whose gradients add up before a step
    implementation: str = FOREACH  # of the optimizer's step
    gpus: int = 1  # that share the training; the batch is that of each
    strategy: str = DDP  # how they do
    extra: int = 0  # bytes that a user keeps on the card besides
    torch: str = PRESENT_RELEASE  # the release that is simulated

    @property
    def spreads(self) -> bool:
        """Whether several GPUs hold parts of the optimizer's state, gradients or parameters."""
        return self.gpus > 1 and self.mode == TRAIN and self.strategy != DDP

    @property
    def copies_gradients(self) -> bool:
        """Whether several GPUs exchange gradients in DDP's buckets."""
        return self.gpus > 1 and self.mode == TRAIN and self.strategy == DDP
