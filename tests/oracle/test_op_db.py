"""Operators of torch's own op_db, imported and held: every mark of two steps, to the byte.

Which ones stands in op_db_held.txt (`median#1` is its second sample, which takes another backward
formula); `python tests/oracle/test_op_db.py [NAME ...]` prints a line
for each of those named, or of all: exact, or what differs. What autograd keeps is what is alive at
the end of a forward pass, so the marks have it too.
"""

import sys
import warnings
from functools import cache
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch")
pytest.importorskip("torchvision_import")

import torch
import torchgen
from compare import observed, on_cpu
from op_db import Called, dense_operators, module_of
from torch.utils.flop_counter import FlopCounterMode
from torchgen.packaged.autograd.load_derivatives import load_derivatives

from convcalc.facts.shape import Shape, Vector
from convcalc.memory.simulate import simulate
from convcalc.models.importers.torch_import import spec_of
from convcalc.models.writing.spec import parse_written
from convcalc.walk.propagation import Propagation, propagate

HELD = Path(__file__).with_name("op_db_held.txt").read_text().split()
MET = Path(__file__).with_name("op_db_formulas.txt")
BATCH = 2
PRODUCTS = (
    "__rmatmul__",
    "addbmm",
    "addmm",
    "baddbmm",
    "bmm",
    "einsum",
    "linalg.multi_dot",
    "matmul",
    "mm",
    "nn.functional.bilinear",
    "nn.functional.linear",
    "nn.functional.scaled_dot_product_attention",
)


def imported(module: Called, name: str) -> Propagation:
    """The walk over the spec that importing writes."""
    size = module.size
    image = Vector(1, 1, *size) if len(size) == 1 else Shape(*reversed(size))
    return propagate(parse_written(spec_of(module, image, name)))


def sampled(name: str) -> tuple[Any, int | None]:
    """An operator and the number of its sample, of a line of the list."""
    operator, _, number = name.partition("#")
    return dense_operators()[operator], int(number) if number else None


def differences(name: str) -> list[str]:
    """Marks that are not equal for a call of an operator."""
    operator, number = sampled(name)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.manual_seed(0)
        module = module_of(operator, number)
        real = observed(module.train(), module.size, on_cpu(BATCH))
        walk = imported(Called(operator, module.batched, number), name)
    return [
        f"{ours.phase}: live {ours.live} for {mark.live}, peak {ours.phase_peak} for "
        f"{mark.phase_peak}"
        for ours, mark in zip(simulate(walk, on_cpu(BATCH)).marks, real, strict=True)
        if tuple(ours) != tuple(mark)
    ]


@pytest.mark.parametrize("name", HELD)
def test_an_operator(name: str) -> None:
    assert differences(name) == []


@pytest.mark.parametrize("name", PRODUCTS)
def test_products_count_half_of_torchs_flops(name: str) -> None:
    operator = dense_operators()[name]
    module = module_of(operator)
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        module(torch.randn(BATCH, *module.size))
    walk = imported(Called(operator, module.batched), name)
    counted = sum(each.facts.macs for each in walk.nodes)
    flops: Any = counter.get_total_flops()
    assert flops // 2 // BATCH == counted > 0


@cache
def formulas() -> dict[str, str]:
    """The autograd nodes of derivatives.yaml, each with the name of its function there."""
    packaged = Path(torchgen.__file__).parent / "packaged"
    native = packaged / "ATen" / "native"
    functions, _ = load_derivatives(
        str(packaged / "autograd" / "derivatives.yaml"),
        str(native / "native_functions.yaml"),
        str(native / "tags.yaml"),
    )
    return {
        info.op: str(info.name)
        for by_key in functions.values()
        for info in by_key.values()
        if info.op is not None
    }


def formulas_met(name: str) -> set[str]:
    """The autograd nodes of derivatives.yaml that a held case has in its graph."""
    torch.manual_seed(0)
    module = module_of(*sampled(name))
    found, pending = set(), [module.train()(torch.randn(BATCH, *module.size)).grad_fn]
    while pending:
        node = pending.pop()
        if node is not None and node not in found:
            found.add(node)
            pending += [each for each, _ in node.next_functions]
    return {each.name() for each in found} & set(formulas())


def test_the_share_of_derivatives_yaml() -> None:
    """Of which of PyTorch's formulas the bytes are held; first-order, dense, on a CPU."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        met = set().union(*map(formulas_met, HELD))
    expected = set(MET.read_text().split())
    assert met >= expected & set(formulas())  # other releases have other ones
    if torch.__version__.startswith("2.13."):
        assert met == expected


def main() -> None:
    """A line for each operator."""
    for name in sys.argv[1:] or dense_operators():
        try:
            found = " | ".join(differences(name)) or "exact"
        except Exception as error:
            found = f"raises {type(error).__name__}: {error}".replace("\n", " ")
        print(name, found, sep="\t", flush=True)


if __name__ == "__main__":
    main()
