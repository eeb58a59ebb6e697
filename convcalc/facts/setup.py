"""Under what conditions a network is trained or run: what the memory figures depend on."""

from typing import NamedTuple

TRAIN, INFER = "train", "infer"

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


class Setup(NamedTuple):
    """Batch, precision, mode and optimizer."""

    batch_size: int = 1
    dtype: str = "float32"
    mode: str = TRAIN
    optimizer: str = "momentum"
    amp: bool = False
    weight_decay: float = 0.0
    accumulate: int = 1  # micro-batches whose gradients add up before a step
    implementation: str = "foreach"  # of the optimizer's step: PyTorch's default on CUDA
