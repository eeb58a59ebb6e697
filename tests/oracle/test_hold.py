"""Networks with operators that no layer stands for, held to torch as `hold.py` does it."""

from functools import partial
from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("torchvision_import")

import hold
import torch
from torch import nn
from torch.utils.checkpoint import checkpoint
from torchvision_networks import SMALL

from convcalc.models.importers.torch_import import import_torch
from convcalc.text.errors import ConvcalcError

FILE = str(Path(__file__).parents[1] / "fixtures" / "models" / "networks.py")

TORCHVISION = str(Path(__file__).parent / "torchvision_networks.py")


@pytest.mark.parametrize(
    "name", ["mnist_example", "sngan_g", "sagan_d", "att_gcnet", "pyramidnet", "fcn8s"]
)
def test_networks_in_published_styles(name: str) -> None:
    (network,) = hold.of_file(FILE, [name])
    assert hold.line(network, "train") == f"{name} exact"


class Flow(nn.Module):
    """A part of RAFT's encoder: residual blocks with instance norms and ReLUs in place."""

    def __init__(self) -> None:
        super().__init__()
        self.stem, self.head = self._block(3, 8), nn.Conv2d(8, 4, 1)
        self.blocks = nn.ModuleList(self._block(8, 8) for _ in range(2))

    @staticmethod
    def _block(depth: int, filters: int) -> nn.Sequential:
        return nn.Sequential(
            nn.Conv2d(depth, filters, 3, padding=1), nn.InstanceNorm2d(filters), nn.ReLU(True)
        )

    def forward(self, x):  # type: ignore[no-untyped-def]  # a model as people write it
        x = self.stem(x)
        for block in self.blocks:
            x = torch.relu_(x + block(x))
        return self.head(x)


@pytest.mark.parametrize("mode", ["train", "infer"])
def test_activations_in_place_behind_instance_norms(mode: str) -> None:
    network = hold.Held("flow", Flow, [[3, 16, 16]])
    assert hold.line(network, mode) == "flow exact"


def test_every_figure_is_compared() -> None:
    (network,) = hold.of_file(FILE, ["mnist_example"])
    figures = hold.by_torch(network, "train")
    assert figures.counts == {"parameters": 1199882, "buffers": 0, "macs": 11992448}
    assert [phase for phase, _, _ in figures.marks[:3]] == ["model", "batch0", "zero0"]
    assert hold.by_convcalc(network, "train") == figures


@pytest.mark.parametrize("name", ["coordconv", "tcn", "crnn_cnn_part"])
def test_inference_frees_as_the_models_own_variables_do(name: str) -> None:
    (network,) = hold.of_file(FILE, [name])
    assert hold.line(network, "infer") == f"{name} exact"


@pytest.mark.parametrize("name", [*SMALL, "deeplabv3_mobilenet_v3_large_aux"])
def test_torchvisions_transformers_and_segmentation(name: str) -> None:
    (network,) = hold.of_file(TORCHVISION, [name])
    assert hold.line(network, "train") == f"{name} exact"
    assert hold.line(network, "infer") == f"{name} exact"


class Normed(nn.Module):
    """Norms over N, H, W, C whose results are read as volumes, and row by row."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.last = nn.Conv2d(3, 8, 3), nn.Linear(8, 4)
        self.norm, self.next = nn.LayerNorm(8), nn.LayerNorm(8)

    def forward(self, x):  # type: ignore[no-untyped-def]  # a model as people write it
        x = self.norm(self.first(x).permute(0, 2, 3, 1))
        rows = self.next(x).view(x.shape[0], -1, 8).mean(1)
        return self.last(rows + x.permute(0, 3, 1, 2).mean((2, 3)))


def test_a_value_that_lies_channels_last_is_computed_once() -> None:
    network = hold.Held("normed", Normed, [[3, 16, 16]])
    assert hold.line(network, "train") == "normed exact"
    assert hold.line(network, "infer") == "normed exact"


class Recomputed(nn.Module):
    """Two blocks in torch.utils.checkpoint, or a part of the network that is no module."""

    def __init__(self, reentrant: bool = False, part: bool = False) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 3)
        self.blocks = nn.ModuleList([_block(), _block()])
        self.classifier = nn.Linear(8, 10)
        self.reentrant, self.part = reentrant, part

    def forward(self, x):  # type: ignore[no-untyped-def]  # a model as people write it
        if self.part:
            x = checkpoint(lambda y: self.blocks[0](self.stem(y)), x, use_reentrant=False)
        else:
            x = self.stem(x)
        for block in self.blocks:
            x = checkpoint(block, x, use_reentrant=self.reentrant)
        return self.classifier(x.mean((2, 3)))


def _block() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(8, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU(), nn.Conv2d(8, 8, 3)
    )


def test_checkpointed_modules_are_read_as_such() -> None:
    network = hold.Held("recomputed", Recomputed, [[3, 16, 16]])
    assert hold.line(network, "train") == "recomputed exact"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"reentrant": True}, "torch.utils.checkpoint with use_reentrant=True"),
        ({"part": True}, "torch.utils.checkpoint around what is no module of its own"),
    ],
)
def test_checkpoints_that_a_spec_cannot_say_are_refused(arguments, message) -> None:  # type: ignore[no-untyped-def]
    network = hold.Held("recomputed", lambda: Recomputed(**arguments), [[3, 16, 16]])
    with pytest.raises(ConvcalcError) as caught:
        hold.by_convcalc(network, "train")
    assert str(caught.value).startswith(message)


class Normalised(nn.Module):
    """SSD's norm over the channels: its weight is shown in the volume's size, and multiplied."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.last = nn.Conv2d(3, 8, 3), nn.Conv2d(8, 4, 1)
        self.weight = nn.Parameter(torch.full((8,), 20.0))

    def forward(self, x):  # type: ignore[no-untyped-def]  # a model as people write it
        x = self.first(x)
        norm = x.pow(2).sum(dim=1, keepdim=True).sqrt() + 1e-10
        shown = self.weight.unsqueeze(0).unsqueeze(2).unsqueeze(3).expand_as(x)
        return self.last(shown * torch.div(x, norm))


def test_a_parameter_that_is_expanded_is_no_layers_input() -> None:
    network = hold.Held("normalised", Normalised, [[3, 16, 16]])
    assert hold.line(network, "train") == "normalised exact"


class Unused(nn.Module):
    """A layer, a norm, a parameter and a buffer that forward never uses."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.head = nn.Conv2d(3, 8, 3), nn.Linear(8, 4)
        self.old, self.norm = nn.Linear(10, 5), nn.BatchNorm2d(16)
        self.scale = nn.Parameter(torch.ones(8))
        self.old.weight.requires_grad_(False)
        self.register_buffer("mask", torch.ones(7, dtype=torch.bool))

    def forward(self, x):  # type: ignore[no-untyped-def]  # a model as people write it
        return self.head(self.first(x).mean((2, 3)))


@pytest.mark.parametrize("mode", ["train", "infer"])
def test_what_is_never_used_counts_and_gets_no_gradient(mode: str) -> None:
    network = hold.Held("unused", Unused, [[3, 16, 16]])
    assert hold.line(network, mode) == "unused exact"


EDITED = str(Path(__file__).parents[1] / "fixtures" / "models" / "edited.py")
EDITS = [each.name for each in hold.of_file(EDITED, [])]


@pytest.mark.parametrize("name", EDITS[:-1])
def test_what_is_written_into_has_another_history(name: str) -> None:
    (network,) = hold.of_file(EDITED, [name])
    assert hold.line(network, "train") == f"{name} exact"
    assert hold.line(network, "infer") == f"{name} exact"


def test_writing_over_what_autograd_needs_is_refused() -> None:
    (network,) = hold.of_file(EDITED, EDITS[-1:])
    assert hold.line(network, "train") == (
        "net_what_autograd_needs refused: PyTorch refuses to train it: what the backward pass "
        "needs is modified by an inplace operation: [torch.FloatTensor [2, 8, 10, 12]], which is "
        "output 0 of Sigmoid"
    )


class Fourier(nn.Module):
    """A layer of a neural operator: products of the lowest frequencies with complex weights."""

    def __init__(self) -> None:
        super().__init__()
        self.lift, self.skip, self.last = nn.Conv2d(3, 8, 1), nn.Conv2d(8, 8, 1), nn.Linear(8, 4)
        self.weight = nn.Parameter(torch.zeros(8, 8, 5, 5, dtype=torch.cfloat))
        self.unused = nn.Parameter(torch.zeros(3, dtype=torch.float64))

    def forward(self, x):  # type: ignore[no-untyped-def]  # a model as people write it
        x = self.lift(x)
        found = torch.fft.rfft2(x)
        low = torch.zeros_like(found)
        low[..., :5, :5] = torch.einsum("bixy,ioxy->boxy", found[..., :5, :5], self.weight)
        y = torch.fft.irfft2(low, s=x.shape[-2:]) + self.skip(x)
        return self.last(nn.functional.gelu(y).mean((2, 3)))


@pytest.mark.parametrize("mode", ["train", "infer"])
def test_parameters_may_be_complex(mode: str) -> None:
    network = hold.Held("fourier", Fourier, [[3, 20, 16]])
    assert hold.line(network, mode) == "fourier exact"


class Contrastive(nn.Module):
    """Distances between all images of a batch."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(3, 8, 3)

    def forward(self, x):  # type: ignore[no-untyped-def]  # a model as people write it
        rows = self.first(x).mean((2, 3))
        return torch.cdist(rows, rows)


def test_what_grows_faster_than_the_batch_is_refused_as_such() -> None:
    network = hold.Held("contrastive", Contrastive, [[3, 16, 16]])
    assert hold.line(network, "train") == (
        "contrastive refused: torch:contrastive: an operator that no layer stands for: cdist, "
        "of a size that is no multiple of the batch's, in cdist"
    )


OWN = str(Path(__file__).parents[1] / "fixtures" / "models" / "own_functions.py")
FUNCTIONS = [each.name for each in hold.of_file(OWN, [])]


@pytest.mark.parametrize("mode", ["train", "infer"])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_of_the_models_own_keep_what_they_say(name: str, mode: str) -> None:
    (network,) = hold.of_file(OWN, [name])
    assert hold.line(network, mode) == f"{name} exact"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("beside", "Beside: what an autograd.Function keeps in attributes of its context lives as "
                   "long as the loss; not counted."),
        ("changed", "Changed: what an autograd.Function of the model's own keeps is not seen; what "
                    "its operators would keep counts."),
    ],
)  # fmt: skip
def test_functions_that_are_not_seen_whole_are_named(name: str, said: str) -> None:
    text = import_torch(f"{OWN}:{name}", hold._shape([3, 10, 12]))
    assert f"\n# {said}\n" in text


class PoolByNorm(nn.Module):
    """A pool by a norm that torch takes, some of which no layer says."""

    def __init__(self, norm: float) -> None:
        super().__init__()
        self.first, self.pool = nn.Conv2d(3, 4, 3), nn.LPPool2d(norm, (2, 3), (1, 2))
        self.last = nn.Conv2d(4, 5, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.last(self.pool(self.first(x)))


@pytest.mark.parametrize("mode", ["train", "infer"])
@pytest.mark.parametrize("norm", [1, 1.5, 2, 3, 4, 0.5, -1.0, float("inf")])
def test_every_norm_of_a_pool(norm: float, mode: str) -> None:
    network = hold.Held("pool", partial(PoolByNorm, norm), [[3, 21, 33]])
    assert hold.line(network, mode) == "pool exact"
    said = "mode: l2" in hold.spec_of(PoolByNorm(norm), [hold._shape([3, 21, 33])], "pool")
    assert said == (1 <= norm < float("inf"))
