"""Exported modules run: every layer's size is the table's, and every count the report's."""

import sys
from types import ModuleType
from typing import Any

import pytest

pytest.importorskip("torch")

import torch
from compare import on_cpu
from support import ONE_OF_A_FAMILY
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from convcalc.memory.simulate import simulate
from convcalc.models.exporters import torch_onnx
from convcalc.models.exporters.torch_code import module_source
from convcalc.models.importers import onnx_import
from convcalc.models.importers.call_options import module_names
from convcalc.models.importers.spec import spec_text
from convcalc.models.importers.torch_trace import trace_module
from convcalc.models.writing.spec import parse_written
from convcalc.network.loading import load
from convcalc.walk.propagation import Propagation, propagate

LARGE = 50 * 10**9  # multiply-adds, from which on a network runs without values


def built(walk: Propagation) -> nn.Module:
    """The last class of the exported source."""
    module = ModuleType("exported")
    sys.modules["exported"] = module
    exec(module_source(walk, "a test"), module.__dict__)
    kinds = [kind for kind in vars(module).values() if isinstance(kind, type)]
    *_, last = [kind for kind in kinds if kind.__module__ == "exported"]
    return last()


def images(walk: Propagation, batch: int = 1) -> Tensor:
    return torch.zeros(batch, *walk.nodes[0].facts.output.in_torch)


class Sizes(TorchFunctionMode):
    """Sizes of everything that modules and functions give, in the order of the calls."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[int, ...]] = []

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        self.look(result)
        return result

    def look(self, result: Any) -> None:
        """Remember what a function or a module has given."""
        for tensor in result if isinstance(result, tuple) else (result,):
            if isinstance(tensor, Tensor) and tensor.dim() > 1:
                self.seen.append(tuple(tensor.shape))


def wanted(walk: Propagation) -> list[tuple[int, ...]]:
    return [(1, *node.facts.output[::-1]) for node in walk.nodes[1:]]


def is_in_order(wanted: list[tuple[int, ...]], seen: list[tuple[int, ...]]) -> bool:
    """Whether all sizes are seen in that order; rows stand for volumes of 1x1."""
    rank = len(wanted[0])
    rest = iter((*size, 1, 1, 1)[:rank] for size in seen)
    return all(any(size == other for other in rest) for size in wanted)


@pytest.mark.parametrize("name", ONE_OF_A_FAMILY)
def test_every_spec_runs_with_the_sizes_of_its_table(name: str) -> None:
    walk = propagate(load(name))
    with torch.device("meta" if sum(n.facts.macs for n in walk.nodes) > LARGE else "cpu"):
        model = built(walk).eval()
        given = images(walk)
    facts = [node.facts for node in walk.nodes]
    assert sum(p.numel() for p in model.parameters()) == sum(
        parameter.elements for each in facts for parameter in each.parameters
    )
    assert sum(b.numel() for b in model.buffers()) == sum(
        buffer.elements for each in facts for buffer in each.buffers
    )
    with torch.no_grad(), Sizes() as sizes:
        for module in model.modules():  # also those that hand on what they are given
            module.register_forward_hook(lambda module, given, result: sizes.look(result))
        outputs = model(given)
    assert is_in_order(wanted(walk), sizes.seen)
    outputs = outputs if isinstance(outputs, tuple) else (outputs,)
    assert [o.numel() for o in outputs] == [facts[k].output.elements for k in walk.outputs]


def does_nothing(walk: Propagation, index: int) -> bool:
    """Stochastic depth with p = 0, or the flattening of what is 1x1 already."""
    node = walk.nodes[index]
    return (
        bool(node.inputs)
        and node.facts.output == walk.nodes[node.inputs[0]].facts.output
        and (not node.facts.operators or node.node.layer.type_name == "FLATTEN")
    )


def facts(walk: Propagation) -> list[Any]:
    """All that is known of each layer that does something, and the numbers of what it takes.

    Roundings are left out: torch has one, down.
    """
    number: dict[int, int] = {}
    found: list[Any] = []
    for index, node in enumerate(walk.nodes):
        if does_nothing(walk, index):
            number[index] = number[node.inputs[0]]
            continue
        inputs = [number[k] for k in node.inputs[: node.node.layer.valued]]
        number[index] = len(found)
        found.append((node.node.layer.type_name, inputs, node.facts._replace(rounding="")))
    return found


def pads_by_end(walk: Propagation) -> bool:
    """Whether windows are padded by different amounts at their ends: F.pad in torch."""
    ends = [w.ends for n in walk.nodes for w in n.facts.windows or ()]
    return any(start != end for start, end in ends)


def kept(walk: Propagation) -> list[Any]:
    """Bytes alive behind each phase of two steps, and what the layers with weights compute.

    Peaks are left out: Python's variables hold values that a network as written lets go.
    """
    weighted = [n.facts for n in walk.nodes if n.facts.macs]
    counted = [(f.macs, [p.shape for p in f.parameters], f.output) for f in weighted]
    return [(mark.phase, mark.live) for mark in simulate(walk, on_cpu(2)).marks] + counted


@pytest.mark.parametrize("name", ONE_OF_A_FAMILY)
def test_there_and_back(name: str) -> None:
    """The same layers with the same facts; names may have lost what Python cannot say."""
    walk = propagate(load(name))
    with torch.device("meta"):
        model = built(walk)
    shape = walk.nodes[0].facts.output
    again = propagate(
        parse_written(spec_text(trace_module(model, shape, "torch:a test", module_names())))
    )
    unpools = any(node.node.layer.takes_positions for node in walk.nodes)  # import records those
    if pads_by_end(walk) or unpools:  # F.pad and the layer are two in PyTorch
        assert kept(again) == kept(walk)
    else:
        assert facts(again) == facts(walk)


def test_onnx_through_torch(tmp_path: Any) -> None:
    onnx = pytest.importorskip("onnx")
    walk = propagate(load("squeezenet1_1"))
    path = tmp_path / "net.onnx"
    torch_onnx.write_onnx(walk, "squeezenet1_1", str(path))
    onnx.checker.check_model(str(path))
    assert [file.name for file in tmp_path.iterdir()] == ["net.onnx"]
    again = propagate(parse_written(onnx_import.import_onnx(str(path))))
    assert [n.facts.output for n in again.nodes if n.facts.macs] == [
        n.facts.output for n in walk.nodes if n.facts.macs
    ]
