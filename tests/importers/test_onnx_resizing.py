"""ONNX's Resize and Pad: torch's words for their modes, and what no layer stands for."""

import numpy
import pytest
from onnx import helper, numpy_helper
from onnx_models import file

from convcalc.models.importers.onnx_import import import_onnx
from convcalc.text.errors import ConvcalcError

SIZES = numpy_helper.from_array(numpy.array([1, 3, 12, 12]), "sizes")
PADS = numpy_helper.from_array(numpy.array([0, 0, 1, 2, 0, 0, 1, 2]), "pads")
REFUSAL = """\
net.onnx: an operator that no layer stands for: Resize in up (its `antialias` reads wider windows)
hint: `convcalc import` with --partial writes opaque layers for them"""


def resize(**options):
    return helper.make_node("Resize", ["x", "", "", "sizes"], ["y"], name="/up/Resize", **options)


def model(folder, node, constant):
    return str(file(folder, [node], [constant], size=(1, 3, 32, 32), opset=18))


@pytest.mark.parametrize(
    ("mode", "line"),
    [
        ("nearest", "upsample: {name: up, size: 12}"),
        ("linear", "upsample: {name: up, size: 12, mode: bilinear}"),
        ("cubic", "upsample: {name: up, size: 12, mode: bicubic}"),
    ],
)
def test_interpolation(tmp_path, mode, line):
    assert line in import_onnx(model(tmp_path, resize(mode=mode), SIZES))


@pytest.mark.parametrize("mode", ["linear", "cubic"])
def test_antialiasing_reads_more_than_a_layer_says(tmp_path, mode):
    with pytest.raises(ConvcalcError) as found:
        import_onnx(model(tmp_path, resize(mode=mode, antialias=1), SIZES))
    assert str(found.value).replace(f"{tmp_path}/", "") == REFUSAL


@pytest.mark.parametrize(
    ("mode", "line"),
    [
        ("constant", "zeropad: {name: border, pad: 2x1}"),
        ("reflect", "zeropad: {name: border, pad: 2x1, mode: reflect}"),
        ("edge", "zeropad: {name: border, pad: 2x1, mode: replicate}"),
    ],
)
def test_borders(tmp_path, mode, line):
    node = helper.make_node("Pad", ["x", "pads"], ["y"], name="/border/Pad", mode=mode)
    assert line in import_onnx(model(tmp_path, node, PADS))
