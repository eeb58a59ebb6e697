"""Padding in all of ONNX's forms, and pools that round up: sizes are onnx's own or torch's."""

import pytest
from onnx import helper
from onnx_models import file, weight

from convcalc.models.importers.onnx_import import import_onnx
from convcalc.models.writing.spec import parse_written
from convcalc.walk.propagation import propagate


def items(folder, kind, size=(1, 3, 32, 32), shape=(), **options):
    """The layers of the spec of one node, as one line."""
    inputs, weights = (["x", "w"], [weight("w", *shape)]) if shape else (["x"], [])
    node = helper.make_node(kind, inputs, ["y"], name=f"/c/{kind}", **options)
    path = file(folder, [node], weights, size=size, opset=18)
    return " ".join(import_onnx(str(path)).partition("layers:")[2].split())


CONV = {"kind": "Conv", "shape": (8, 3, 3, 3)}
POOL = {"kind": "MaxPool", "kernel_shape": [3, 3], "strides": [2, 2]}
TRANSPOSED = {"kind": "ConvTranspose", "shape": (3, 8, 3, 3), "strides": [2, 2]}
LATER = "pad: {left: 0, right: 1, top: 0, bottom: 1}"
CASES = [
    (CONV, {"auto_pad": "SAME_UPPER"},
     "- conv: {name: c, filters: 8, size: 3, pad: 1, bias: false}"),
    (CONV, {"auto_pad": "SAME_UPPER", "strides": [2, 2]},
     f"- conv: name: c filters: 8 size: 3 stride: 2 {LATER} bias: false"),
    (CONV, {"auto_pad": "SAME_LOWER", "strides": [2, 2]}, "- conv: name: c filters: 8 size: 3 "
     "stride: 2 pad: {left: 1, right: 0, top: 1, bottom: 0} bias: false"),
    (CONV, {"auto_pad": "VALID"}, "- conv: {name: c, filters: 8, size: 3, bias: false}"),
    (CONV, {"pads": [1, 0, 2, 0]}, "- conv: {name: c, filters: 8, size: 3, "
     "pad: {left: 0, right: 0, top: 1, bottom: 2}, bias: false}"),
    (POOL, {"auto_pad": "SAME_UPPER"}, f"- pool: {{name: c, size: 3, {LATER}}}"),
    (POOL, {"pads": [0, 0, 1, 1]}, f"- pool: {{name: c, size: 3, {LATER}}}"),
    (POOL, {"ceil_mode": 1}, "- pool: {name: c, size: 3, rounding: ceil}"),
    (POOL, {"ceil_mode": 1, "pads": [0, 0, 2, 2]},
     "- zeropad: {name: c, left: 0, right: 2, top: 0, bottom: 2} - pool: {name: c_1, size: 3}"),
    (POOL, {"ceil_mode": 1, "auto_pad": "VALID"}, "- pool: {name: c, size: 3, rounding: ceil}"),
    (TRANSPOSED, {"auto_pad": "SAME_UPPER"}, "- convtranspose: {name: c, filters: 8, size: 3, "
     "stride: 2, bias: false} - crop: {name: c_1, size: 64}"),
    (TRANSPOSED, {"pads": [1, 1, 0, 0]}, "- convtranspose: {name: c, filters: 8, size: 3, "
     "stride: 2, pad: 1, output_padding: 1, bias: false}"),
    (TRANSPOSED, {"pads": [0, 0, 1, 1]}, "- convtranspose: {name: c, filters: 8, size: 3, "
     "stride: 2, bias: false} - crop: {name: c_1, size: 64}"),
    (TRANSPOSED, {"output_shape": [66, 66]}, "- convtranspose: {name: c, filters: 8, size: 3, "
     "stride: 2, output_padding: 1, bias: false}"),
]  # fmt: skip


@pytest.mark.parametrize(("base", "options", "line"), CASES)
def test_it_is_written_as(tmp_path, base, options, line):
    assert items(tmp_path, **base, **options) == line


@pytest.mark.parametrize("kind", ["MaxPool", "AveragePool", "LpPool"])
def test_a_last_window_of_padding_alone_is_left_out(tmp_path, kind):
    """(4 - 2 + 2)/3 + 1 = 2 1/3: a third window would start behind the input, so there are 2."""
    text = items(tmp_path, kind, (1, 3, 4, 4), kernel_shape=[2, 2], strides=[3, 3],
                     pads=[1] * 4, ceil_mode=1)  # fmt: skip
    walked = propagate(parse_written(f"input: 4x4x3\nrounding: floor\nlayers:\n  {text}\n"))
    assert walked.nodes[-1].facts.output.sides == (2, 2)
