"""Networks of Keras: what tf2onnx and keras2onnx write is the network that was meant."""

import keras_models
import pytest
from onnx import helper

from convcalc.models.importers.onnx_import import import_onnx
from convcalc.models.writing.spec import parse_written
from convcalc.walk.propagation import propagate

LENET = """\
  - conv: {name: conv, filters: 8, size: 4, pad: {left: 1, right: 2, top: 1, bottom: 2}}
  - relu: {name: relu}
  - pool: {name: maxpool}
  - conv: {name: conv_1, filters: 16, size: 5}
  - relu: {name: relu_1}
  - pool: {name: maxpool_1, size: 3, pad: {left: 0, right: 1, top: 0, bottom: 1}}
  - fc: {name: matmul, units: 32}
  - relu: {name: relu_2}
  - fc: {name: gemm, units: 10}
  - softmax: {name: softmax}
"""
RESIDUAL = """\
  - add:
      name: add
      branches:
        - []
        - - conv: {name: conv_1, filters: 8, size: 3, pad: 1}
          - relu: {name: relu_1}
          - conv: {name: conv_2, filters: 8, size: 3, pad: 1}
"""
# Weights and biases, and products of every output with its window, by hand.
COUNTS = {
    "lenet": (8 * 17 + 16 * 201 + 32 * 401 + 10 * 33,
              784 * 16 * 8 + 100 * 200 * 16 + 400 * 32 + 320),
    "mobile": (16 * 27 + 16 * 9 + 24 * 16 + 24 * 9 + 32 * 24 + 2 * 112 + 33 * 5,
               1024 * (432 + 144 + 384) + 256 * (216 + 768) + 160),
    "residual": (8 * 28 + 2 * 8 * 73 + 4 * 73 + 13 * 6, 225 * (216 + 2 * 576 + 288) + 72),
}  # fmt: skip


@pytest.mark.parametrize("name", COUNTS)
def test_counts(tmp_path, name):
    walked = propagate(parse_written(import_onnx(str(getattr(keras_models, name)(tmp_path)))))
    facts = [node.facts for node in walked.nodes]
    parameters = sum(each.elements for fact in facts for each in fact.parameters)
    assert (parameters, sum(fact.macs for fact in facts)) == COUNTS[name]


def test_the_image_and_what_is_flattened_are_transposed(tmp_path):
    text = import_onnx(str(keras_models.lenet(tmp_path)))
    assert "\ninput: 28x28x1\n" in text
    assert text.endswith(LENET)


def test_branches_meet_in_channels_last(tmp_path):
    text = import_onnx(str(keras_models.residual(tmp_path)))
    assert RESIDUAL in text
    assert text.endswith("  - gap: {name: reducemean}\n  - fc: {name: matmul, units: 6}\n")


def test_a_size_that_is_given_replaces_rows_and_columns(tmp_path):
    from convcalc.facts.shape import Shape

    path = keras_models.mobile(tmp_path)
    assert "\ninput: 96x64x3\n" in import_onnx(str(path), Shape(96, 64, 3))


@pytest.mark.parametrize("name", ["mobile", "residual"])
def test_old_files_list_their_weights_as_inputs(tmp_path, name):
    """IR version 3: every initializer is an input of the graph, too."""
    import onnx

    path = getattr(keras_models, name)(tmp_path)
    text, model = import_onnx(str(path)), onnx.load(path)
    model.ir_version = 3
    for tensor in model.graph.initializer:
        value = helper.make_tensor_value_info(tensor.name, tensor.data_type, tensor.dims)
        model.graph.input.append(value)
    onnx.save(model, path)
    assert import_onnx(str(path)) == text


@pytest.mark.parametrize("size", [(8,), (1, 1, 1, 8)])
def test_a_bias_that_is_added_to_channels_last(tmp_path, size):
    made = keras_models.Writer()
    made.add("Transpose", perm=keras_models.TO_FIRST)
    made.add("Conv", (8, 3, 3, 3), pads=[1] * 4)
    made.add("Transpose", perm=keras_models.TO_LAST)
    made.add("Add", size)
    made.add("Relu")
    text = import_onnx(str(made.save(tmp_path, (12, 10, 3))))
    assert text.endswith(
        "  - conv: {name: conv, filters: 8, size: 3, pad: 1}\n  - relu: {name: relu}\n"
    )
