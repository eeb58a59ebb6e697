"""What `export torch --onnx` writes is read back: parameters, multiply-adds, the last size."""

from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("onnx")

from convcalc.models.exporters import torch_onnx
from convcalc.models.importers.onnx_import import import_onnx
from convcalc.models.writing.spec import parse_written
from convcalc.walk.propagation import Propagation, propagate

# LOCAL is written as gathered patches, which are not read back; SHUFFLE torch cannot write.
ITEMS = """\
adaptivepool: {size: 4}
adaptivepool: {size: 4, mode: max}
add: [[conv: {filters: 8, size: 1}], []]
axispool: {over: channels}
axispool: {over: channels, mode: max}
axispool: {over: width}
bias
bias: {over: volume}
bias: {learned: false}
bn
bn: {affine: false}
celu
concat: [[conv: {filters: 8, size: 1}], []]
conv: {filters: 8, size: 3, pad: 1}
conv: {filters: 8, size: 3, pad: 1, groups: depthwise}
conv: {filters: 8, size: 3, pad: 1, learned: false}
conv: {filters: 8, size: 2, pad: {right: 1, bottom: 1}}
convtranspose: {filters: 8, size: 3, stride: 2, pad: 1, output_padding: 1}
crop: {size: 5}
dropout
elu
expand: {channels: 16, size: 8}
frozenbn
gap
gap: {mode: max}
gap: {mode: amax}
gelu
groupnorm: {groups: 4}
groupnorm: {groups: 4, affine: false}
hardsigmoid
hardswish
hardtanh
instancenorm
instancenorm: {affine: true}
layernorm
layernorm: {over: volume}
layernorm: {affine: false}
layerscale
layerscale: {over: volume}
leakyrelu
lrn
mish
multiply: [[conv: {filters: 8, size: 1}], []]
pixelshuffle: {factor: 2}
pixelunshuffle: {factor: 2}
maxpool: {size: 2}
avgpool: {size: 2}
l2pool: {size: 2}
l2pool: {size: 2x4, stride: 2x4, norm: 1}
l2pool: {size: 2, norm: 1.5}
l2pool: {size: 2, norm: 3, pad: 1}
maxpool: {size: 3, stride: 2, rounding: ceil}
prelu
prelu: {num_parameters: 8}
relu
relu6
residual: {main: [conv: {filters: 8, size: 1}]}
scale: {factor: 0.2}
scale: {factor: 0.2, offset: 2}
selu
sigmoid
silu
softmax
softmax: {log: true}
softplus
split: {parts: 2, index: 1}
stochasticdepth
subtract: [[conv: {filters: 8, size: 1}], []]
tanh
upsample
upsample: {mode: bilinear}
zeropad: {pad: 1}
zeropad: {pad: 1, mode: reflect}""".splitlines()
SPEC = """\
input: 8x8x3
layers:
  - conv: {{filters: {filters}, size: 3, pad: 1}}
  - {item}
  - flatten
  - fc: {{units: 4}}
"""


def counts(walk: Propagation) -> tuple[int, int, str]:
    assert not walk.broken, walk.findings
    facts = [node.facts for node in walk.nodes]
    parameters = sum(each.elements for fact in facts for each in fact.parameters)
    return parameters, sum(fact.macs for fact in facts), str(facts[-1].output)


@pytest.mark.parametrize("item", ITEMS)
def test_it_is_read_back(item: str, tmp_path: Path) -> None:
    filters = 1 if item.startswith("expand") else 8
    walk = propagate(parse_written(SPEC.format(filters=filters, item=item)))
    path = str(tmp_path / "net.onnx")
    torch_onnx.write_onnx(walk, "a test", path)
    assert counts(propagate(parse_written(import_onnx(path)))) == counts(walk)


@pytest.mark.parametrize("norm", [None, 1, 1.2, 3, 4])
def test_the_norm_of_a_pool_is_read_back(norm: float | None, tmp_path: Path) -> None:
    item = "l2pool" if norm is None else f"l2pool: {{size: 2, stride: 2, norm: {norm}}}"
    walk = propagate(parse_written(SPEC.format(filters=8, item=item)))
    path = str(tmp_path / "net.onnx")
    torch_onnx.write_onnx(walk, "a test", path)
    again = propagate(parse_written(import_onnx(path)))
    assert [node.node.layer.option_value("norm") for node in again.nodes][2] == norm
