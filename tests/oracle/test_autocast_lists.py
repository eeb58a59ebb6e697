"""CUDA's autocast for operators that no layer stands for: in real steps, with CUDA's lists."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("torchvision_import")

import hold
import torch
from autocast_lists import CUDA, cuda_lists, registered
from torch import Tensor, nn

from convcalc.facts.operators.autocast import FOLLOW, LISTS, RULES

NETWORKS = str(Path(__file__).parents[1] / "fixtures" / "models" / "networks.py")
BANNED = {"binary_cross_entropy"}  # an error under autocast
# Names that call listed ones, or are cast elsewhere, or keep what they are given.
BESIDES = {"square", "linalg_norm", "lstm", "gru", "rnn_tanh", "rnn_relu", *LISTS[FOLLOW].split()}


@pytest.fixture(autouse=True)
def with_cudas_lists() -> Iterator[None]:
    with cuda_lists():
        yield


def test_the_lists_are_torchs_own() -> None:
    names = {each.removeprefix("aten::").partition(".")[0] for each in registered(CUDA)}
    assert names - BANNED == set(RULES) - BESIDES


def line(network: hold.Held, mode: str = "train") -> str:
    return hold.line(network, mode, amp=True)


@pytest.mark.parametrize("mode", ["train", "infer"])
@pytest.mark.parametrize(
    "name", ["sagan_d", "att_gcnet", "att_sk", "vqvae_encoder", "spectral_new_d", "arcface_head"]
)
def test_networks_in_published_styles(name: str, mode: str) -> None:
    (network,) = hold.of_file(NETWORKS, [name])
    assert line(network, mode) == f"{name} exact"


class Called(nn.Module):
    """Operators between a convolution's half and a parameter of float32."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.kind = kind
        self.first, self.last = nn.Conv2d(3, 8, 3, padding=1), nn.Conv2d(8, 4, 1)
        self.scale = nn.Parameter(torch.ones(8, 6, 6))
        takes_weight = CALLS[kind].__code__.co_argcount > 1
        self.weight = nn.Parameter(torch.ones(8, 6, 6)) if takes_weight else None

    def forward(self, x: Tensor) -> Tensor:
        """A map."""
        x = self.first(x)
        weights = (self.weight,) if self.weight is not None else ()
        return self.last(CALLS[self.kind](x, *weights) * self.scale)


CALLS: dict[str, Callable[..., Tensor]] = {
    "matmul": lambda x, w: x @ w,
    "bmm": lambda x: torch.bmm(x.flatten(0, 1), x.flatten(0, 1).transpose(1, 2)).view_as(x),
    "einsum": lambda x, w: torch.einsum("nchw,cwv->nchv", x, w),
    "exp": lambda x: torch.exp(x),
    "log": lambda x: torch.log(x * x + 1),
    "rsqrt": lambda x: torch.rsqrt(x * x + 1),
    "square": lambda x: torch.square(x),
    "pow": lambda x, w: (x * x + 1).pow(1.5) * w,
    "sum": lambda x: x * x.sum((2, 3), keepdim=True),
    "sum that is kept": lambda x, w: x.sum(1, keepdim=True) * w,
    "norm": lambda x: x / (x.norm(dim=1, keepdim=True) + 1),
    "softmax": lambda x: x * x.flatten(2).softmax(-1).view_as(x),
    "logsumexp": lambda x, w: x.logsumexp(1, keepdim=True) * w,
    "layer_norm": lambda x, w: nn.functional.layer_norm(x, (8, 6, 6), w),
    "addcmul": lambda x, w: torch.addcmul(x, x, w),
    "addcdiv": lambda x, w: torch.addcdiv(x, x, w),
    "atan2": lambda x, w: torch.atan2(x, w + 1),
    "cat": lambda x: torch.cat([x, x.exp()], 2)[:, :, 3:9],
    "stack": lambda x: torch.stack([x, x.exp()], 1).mean(1),
    "where": lambda x, w: torch.where(x > 0, x, w),
    "maximum": lambda x, w: torch.maximum(x, w),
    "multiply": lambda x, w: x.transpose(2, 3) * w,
    "divide": lambda x, w: x.transpose(2, 3) / w,
    "mean": lambda x: x.mean((1, 2), keepdim=True) * x,
    "abs": lambda x, w: x.abs() + w,
}


@pytest.mark.parametrize("kind", CALLS)
def test_calls(kind: str) -> None:
    network = hold.Held(kind, lambda: Called(kind), [[3, 6, 6]])
    assert line(network) == f"{kind} exact"
