"""The models that come with onnx: its light networks, and its tests of single operators.

Sizes are compared with onnx's inference when a file is read; here parameters are counted, by
onnx's inference of the sizes of what each operator takes.
"""

import os
from pathlib import Path

import onnx
import pytest
from onnx import shape_inference

from convcalc.models.importers.onnx_import import import_onnx
from convcalc.models.writing.spec import parse_written
from convcalc.text.errors import ConvcalcError
from convcalc.walk.propagation import propagate

FOLDER = Path(onnx.__file__).parent / "backend/test/data/light"
SAMPLE = ["light_squeezenet", "light_zfnet512"]
ALL = ["light_bvlc_alexnet", "light_densenet121", "light_inception_v1", "light_inception_v2",
       "light_resnet50", "light_shufflenet", "light_vgg19", *SAMPLE]  # fmt: skip
NAMES = ALL if os.environ.get("CONVCALC_IMPORT_ALL") else SAMPLE
LEARNED = {"Conv": (1, 2), "Gemm": (1, 2), "BatchNormalization": (1, 2), "Mul": (0, 1),
           "Add": (0, 1), "MatMul": (1,)}  # fmt: skip
NORMS = {**LEARNED, "ConvTranspose": (1, 2), "InstanceNormalization": (1, 2),
         "GroupNormalization": (1, 2), "LayerNormalization": (1, 2)}  # fmt: skip


def parameters_by_onnx(path, learned=LEARNED):
    """Elements of the weights that operators take, each counted once."""
    model = shape_inference.infer_shapes(onnx.load(path), data_prop=True)
    graph = model.graph
    sizes = {t.name: tuple(t.dims) for t in graph.initializer}
    for each in (*graph.value_info, *graph.input, *graph.output):
        dims = each.type.tensor_type.shape.dim
        sizes.setdefault(each.name, tuple(dim.dim_value for dim in dims))
    weights = {t.name for t in graph.initializer}
    made = {next(each.name for each in graph.input if each.name not in weights)}  # the image
    for node in graph.node:
        if made.intersection(node.input):
            made.update(node.output)
    taken = {
        node.input[place]
        for node in graph.node
        for place in learned.get(node.op_type, ())
        if made.intersection(node.input) and place < len(node.input)
    } - made
    return sum(product(sizes[name]) for name in taken)


def product(sides):
    total = 1
    for side in sides:
        total *= side
    return total


@pytest.mark.parametrize("name", NAMES)
def test_light_networks(name):
    path = str(FOLDER / f"{name}.onnx")
    walked = propagate(parse_written(import_onnx(path)))
    facts = [node.facts for node in walked.nodes]
    found = sum(each.elements for fact in facts for each in fact.parameters)
    assert found == parameters_by_onnx(path) > 1_000_000


KINDS = ("Conv", "ConvTranspose", "MaxPool", "AveragePool", "LpPool", "GlobalAveragePool",
         "GlobalMaxPool", "BatchNormalization", "InstanceNormalization", "GroupNormalization",
         "LayerNormalization", "LRN")  # fmt: skip
# A norm over the batch, over the columns alone, or over an input without axes: no layer stands for.
UNSAID = ("axis0", "negative_4", "axis2", "negative_2", "axis3", "negative_1", "default_axis",
          "2d_axis", "3d_axis0", "negative_3_epsilon")  # fmt: skip


def single_operators():
    """onnx's tests of single operators: name and model."""
    from onnx.backend.test.case.node import collect_testcases

    for case in collect_testcases(None):
        nodes = case.model.graph.node
        if len(nodes) == 1 and nodes[0].op_type in KINDS:
            yield case.name, case.model


@pytest.mark.skipif(not os.environ.get("CONVCALC_IMPORT_ALL"), reason="makes onnx's test data")
def test_single_operators(tmp_path):
    path, refused, count = tmp_path / "net.onnx", [], 0
    for name, model in single_operators():
        onnx.save(model, path)
        count += 1
        try:
            text = import_onnx(str(path))
        except ConvcalcError:
            refused.append(name)
            continue
        walked = propagate(parse_written(text))
        inferred = shape_inference.infer_shapes(model).graph.output[0].type.tensor_type.shape.dim
        output = walked.nodes[-1].facts.output
        sides = [dim.dim_value for dim in inferred][1:]
        assert [*output.in_torch] == sides, name
        facts = [node.facts for node in walked.nodes]
        found = sum(each.elements for fact in facts for each in fact.parameters)
        assert found == parameters_by_onnx(path, NORMS), name
    assert count > 80
    assert [name for name in refused if not any(part in name for part in UNSAID)] == []
