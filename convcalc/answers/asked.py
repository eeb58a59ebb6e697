"""What can be asked for at the prompt and from Python alike."""

from typing import TypedDict


class Asked(TypedDict, total=False):
    """Setup, card and rule of a call; None, or nothing, where the default is meant."""

    batch: int | None
    dtype: str | None
    mode: str | None
    optimizer: str | None
    amp: bool | None
    weight_decay: float | None
    accumulate: int | None
    implementation: str | None
    memory: str
    gpu: str | None
    estimate: str | None
    workspace_factor: float | None
    cuda_module_loading: str | None
    cudnn_benchmark: bool | None
    gpus: int | None
    strategy: str | None
    rounding: str | None
