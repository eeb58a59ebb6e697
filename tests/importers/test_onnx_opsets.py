"""One network in every opset from 7 on, as each writes it, in every version of files."""

import re

import onnx
import pytest
from onnx import TensorProto, helper

from convcalc.models.importers.onnx_import import import_onnx

NEWEST = onnx.defs.onnx_opset_version()
LAYERS = """\
  - conv: {filters: 4, size: 3, pad: 1}
  - bn: {}
  - relu: {}
  - pool: {}
  - zeropad: {pad: 1}
  - relu6: {}
  - upsample: {size: 20}
  - crop: {size: 16}
  - dropout: {}
  - add:
      branches:
        - - conv: {filters: 4, size: 1, bias: false}
          - silu: {}
        - []
  - gap: {}
  - fc: {units: 5}
  - softmax: {}
"""


class Writer:
    """Nodes of an opset; what is an attribute before, and an input from an opset on."""

    def __init__(self, opset: int) -> None:
        self.opset, self.nodes, self.weights, self.last = opset, [], [], "x"

    def weight(self, name: str, *dims: int) -> str:
        self.weights.append(TensorProto(name=name, data_type=TensorProto.FLOAT, dims=dims))
        return name

    def constant(self, name: str, values, kind=TensorProto.FLOAT) -> str:
        dims = (len(values),) if isinstance(values, list) else ()
        values = values if isinstance(values, list) else [values]
        self.weights.append(helper.make_tensor(name, kind, dims, values))
        return name

    def whole(self, name: str, values: list[int]) -> str:
        return self.constant(name, values, TensorProto.INT64)

    def add(self, kind: str, *more: str, first: str = "", name: str = "", **options) -> str:
        name = name or kind.lower()
        takes = [first or self.last, *more]
        self.nodes.append(helper.make_node(kind, takes, [name], name=f"/{name}/{kind}", **options))
        self.last = name
        return name


def network(opset: int) -> Writer:
    w = Writer(opset)
    w.add("Conv", w.weight("w", 4, 3, 3, 3), w.weight("b", 4), pads=[1] * 4)
    norm = [w.weight(name, 4) for name in ("scale", "shift", "mean", "var")]
    w.add("BatchNormalization", *norm)
    w.add("Relu")
    w.add("MaxPool", kernel_shape=[2, 2], strides=[2, 2])
    pads = [0, 0, 1, 1, 0, 0, 1, 1]
    if opset < 11:
        w.add("Pad", pads=pads)
        w.add("Clip", min=0.0, max=6.0)
    else:
        w.add("Pad", w.whole("pads", pads))
        w.add("Clip", w.constant("low", 0.0), w.constant("high", 6.0))
    scales = [1.0, 1.0, 2.0, 2.0]
    if opset < 9:
        w.add("Upsample", scales=scales)
    elif opset < 11:
        kind = "Upsample" if opset == 9 else "Resize"
        w.add(kind, w.constant("scales", scales), name="upsample")
    else:
        roi = w.constant("roi", []) if opset < 13 else ""
        w.add("Resize", roi, w.constant("scales", scales), name="upsample")
    if opset < 10:
        w.add("Slice", axes=[2, 3], starts=[2, 2], ends=[18, 18])
    else:
        ends = [w.whole("starts", [2, 2]), w.whole("ends", [18, 18]), w.whole("axes", [2, 3])]
        w.add("Slice", *ends)
    if opset < 12:
        w.add("Dropout", ratio=0.5)
    else:
        training = w.constant("training", True, TensorProto.BOOL)
        w.add("Dropout", w.constant("ratio", 0.5), training)
    before = w.last
    w.add("Conv", w.weight("v", 4, 4, 1, 1), name="conv_1")
    if opset < 24:
        w.add("Sigmoid")
        w.add("Mul", "sigmoid", first="conv_1", name="silu")
    else:
        w.add("Swish", name="silu")
    w.add("Add", before)
    if opset < 18:
        w.add("ReduceMean", axes=[2, 3], keepdims=1)
    else:
        w.add("ReduceMean", w.whole("over", [2, 3]), keepdims=1)
    w.add("Flatten")
    w.add("Gemm", w.weight("f", 5, 4), w.weight("g", 5), transB=1)
    w.add("Softmax", **({"axis": 1} if opset < 13 else {}))
    return w


def layers(folder, opset: int, version: int, weights_are_inputs: bool) -> str:
    made = network(opset)
    image = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", 3, 16, 16])
    inputs = [image]
    if weights_are_inputs:
        inputs += [
            helper.make_tensor_value_info(each.name, each.data_type, each.dims)
            for each in made.weights
        ]
    output = helper.make_tensor_value_info(made.last, TensorProto.FLOAT, None)
    graph = helper.make_graph(made.nodes, "net", inputs, [output], made.weights)
    version_of = [helper.make_opsetid("", opset)]
    model = helper.make_model(graph, opset_imports=version_of, ir_version=version)
    path = folder / "net.onnx"
    path.write_bytes(model.SerializeToString())
    text = import_onnx(str(path)).partition("layers:\n")[2]
    return re.sub(r"(?m)\n +name: .*|name: [\w.]+(, )?", "", text)


@pytest.mark.parametrize("opset", range(7, NEWEST + 1))
def test_every_opset_says_the_same(tmp_path, opset):
    assert layers(tmp_path, opset, 8, False) == LAYERS


@pytest.mark.parametrize("version", range(3, onnx.IR_VERSION + 1))
def test_every_version_with_weights_among_the_inputs(tmp_path, version):
    assert layers(tmp_path, 11, version, True) == LAYERS
    if version > 3:
        assert layers(tmp_path, 11, version, False) == LAYERS
