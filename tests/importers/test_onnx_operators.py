"""Operators that exporters write out, numbers that are no weights, and weights that are merged."""

import numpy
import pytest
from onnx import TensorProto, helper, numpy_helper
from onnx_models import FLOAT, file, weight

from convcalc.models.importers.onnx_import import import_onnx
from convcalc.text.errors import ConvcalcError

VOLUME = (1, 8, 12, 12)


def number(name, value, *dims):
    return helper.make_tensor(name, FLOAT, dims, [value] * int(numpy.prod(dims)))


def whole(name, *values):
    return numpy_helper.from_array(numpy.array(values, dtype=numpy.int64), name)


def items(folder, nodes, weights=(), **options):
    """The layers of the spec, as one line."""
    made = [helper.make_node(kind, takes.split(), gives.split(), name=f"/act/{kind}_{k}", **more)
            for k, (kind, takes, gives, more) in enumerate(nodes)]  # fmt: skip
    path = file(folder, made, weights, size=VOLUME, **{"opset": 21, **options})
    return " ".join(import_onnx(str(path)).partition("layers:")[2].split())


def node(kind, takes="x", gives="y", **more):
    return kind, takes, gives, more


HALF, ONE, ROOT = number("half", 0.5), number("one", 1.0), number("root", 1.4142)
ERF = [node("Div", "x root", "a"), node("Erf", "a", "b"), node("Add", "b one", "c")]
HALVED = {"kernel_shape": [2, 2], "strides": [2, 2]}
POWERS = [node("Pow", "x p", "a"), node("AveragePool", "a", "b", **HALVED),
          node("Sign", "b", "c"), node("Abs", "b", "d"), node("Relu", "d", "e"),
          node("Mul", "c e", "f"), node("Mul", "f four", "g"), node("Pow", "g root")]  # fmt: skip
SIXTH = {"alpha": 1 / 6, "beta": 0.5}
CASES = {
    "a number is no weight": ([node("Mul", "x half")], [HALF],
                              "scale: {name: act.mul, factor: 0.5}"),
    "a weight of one value is one": ([node("Mul", "x w")], [weight("w", 1)],
                                     "layerscale: {name: act.mul, over: one, input_first: true}"),
    "gelu": ([*ERF, node("Mul", "x c", "d"), node("Mul", "d half")], [HALF, ONE, ROOT],
             "gelu: {name: act}"),
    "gelu, halved first": ([node("Mul", "x half", "h"), *ERF, node("Mul", "h c")],
                           [HALF, ONE, ROOT], "gelu: {name: act}"),
    "mish": ([node("Softplus", "x", "a"), node("Tanh", "a", "b"), node("Mul", "x b")], [],
             "mish: {name: act}"),
    "hard swish": ([node("HardSigmoid", "x", "a", **SIXTH), node("Mul", "x a")], [],
                   "hardswish: {name: act}"),
    "selu": ([node("Selu")], [], "selu: {name: act}"),
    "celu": ([node("Celu")], [], "celu: {name: act}"),
    "log softmax": ([node("LogSoftmax", axis=1)], [], "softmax: {name: act, log: true}"),
    "the maximum over the image": ([node("ReduceMax", "x axes")], [whole("axes", 2, 3)],
                                   "gap: {name: act, mode: amax}"),
    "the mean over the depth": ([node("ReduceMean", "x axes")], [whole("axes", 1)],
                                "axispool: {name: act.reducemean}"),
    "pixels of a depth": ([node("DepthToSpace", blocksize=2, mode="CRD")], [],
                          "pixelshuffle: {name: act}"),
    "a depth of pixels": ([node("SpaceToDepth", blocksize=2)], [], "pixelunshuffle: {name: act}"),
    "a crop": ([node("Slice", "x starts ends axes")],
               [whole("starts", 1, 2), whole("ends", 11, 10), whole("axes", 2, 3)],
               "crop: {name: act.slice, size: 8x10}"),
    "the sum of three": ([node("Sum", "x x x")], [],
                         "add: {name: act, from: [input, input]} "
                         "- add: {name: act_1, from: [act, input]}"),
    "instance norm": ([node("InstanceNormalization", "x s b")],
                      [number("s", 1.0, 8), number("b", 0.0, 8)], "instancenorm: {name: act}"),
    "instance norm that learns": ([node("InstanceNormalization", "x n.scale n.bias")],
                                  [number("n.scale", 1.0, 8), number("n.bias", 0.0, 8)],
                                  "instancenorm: {name: act, affine: true}"),
    "group norm": ([node("GroupNormalization", "x s b", num_groups=4)],
                   [weight("s", 8), weight("b", 8)], "groupnorm: {name: act, num_groups: 4}"),
    "group norm of opset 17": (
        [node("Reshape", "x rows", "a"), node("InstanceNormalization", "a s b", "c"),
         node("Reshape", "c whole", "d"), node("Mul", "d w", "e"), node("Add", "e v")],
        [number("s", 1.0, 4), number("b", 0.0, 4), whole("rows", 1, 4, -1),
         whole("whole", 1, 8, 12, 12), weight("w", 8, 1, 1), weight("v", 8, 1, 1)],
        "groupnorm: {name: act, num_groups: 4}"),
    "a bias of zeros of the input's type": (
        [node("CastLike", "zero x", "a"), node("Expand", "a depth", "b"), node("Conv", "x w b")],
        [number("zero", 0.0), whole("depth", 2048), weight("w", 2048, 8, 3, 3)],
        "conv: {name: act, filters: 2048, size: 3, bias: false}"),
    "a bias that is made of a number": (
        [node("Expand", "one depth", "b"), node("Conv", "x w b")],
        [ONE, whole("depth", 4), weight("w", 4, 8, 3, 3)],
        "conv: {name: act, filters: 4, size: 3}"),
    "a pool of the third norm": (
        [node("LpPool", kernel_shape=[2, 3], strides=[2, 3], p=3)], [],
        "pool: {name: act, mode: l2, size: 3x2, stride: 3x2, norm: 3}"),
    "a pool as torch writes it": (
        POWERS, [number("p", 1.5), number("four", 4.0), number("root", 2 / 3)],
        "pool: {name: act, mode: l2, norm: 1.5}"),
    "relu as a maximum": ([node("Max", "x zero")], [number("zero", 0.0)], "relu: {name: act}"),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_it_is_written_as(tmp_path, name):
    nodes, weights, line = CASES[name]
    assert items(tmp_path, nodes, weights) == f"- {line}"


@pytest.mark.parametrize(
    "nodes",
    [
        [node("Transpose", perm=[0, 1])],
        [node("Expand", "x many")],
    ],
)
def test_what_has_no_meaning_is_no_layer(tmp_path, nodes):
    weights = [whole("many", 7, 8, 12, 12)]
    with pytest.raises(ConvcalcError, match=f"no layer stands for: {nodes[0][0]} in"):
        items(tmp_path, nodes, weights)


def test_powers_that_are_no_norm_are_no_pool_of_one(tmp_path):
    numbers = [number("p", 3.0), number("four", 4.0), number("root", 0.5)]
    assert "mode: l2" not in items(tmp_path, POWERS, numbers)


@pytest.mark.parametrize(("kind", "runs"), [("Min", "clamp_max"), ("Max", "clamp_min")])
def test_the_smaller_of_a_value_and_a_number_learns_nothing(tmp_path, kind, runs):
    text = items(tmp_path, [node(kind, "x half")], [HALF])
    assert f"runs: {runs}" in text
    assert "parameters" not in text


def batch_norms(scales):
    first, second = (
        helper.make_node("BatchNormalization", [x, *names], [y], name=f"/{y}/BatchNormalization")
        for x, y, names in (("x", "a", scales[:4]), ("a", "y", scales[4:]))
    )
    return [first, second]


@pytest.mark.parametrize(
    ("scales", "share"),
    [
        ("ones zeros zeros ones ones zeros zeros ones", False),  # new ones, merged
        ("n.s n.b n.m n.v n.s n.b n.m n.v", True),  # one that is used twice
        ("n.s n.b n.m n.v o.s o.b o.m o.v", False),
    ],
)
def test_merged_vectors_are_weights_of_their_own(tmp_path, scales, share):
    scales = scales.split()
    weights = [number(name, float(name == "ones"), 8) if "." not in name else weight(name, 8)
               for name in dict.fromkeys(scales)]  # fmt: skip
    path = file(tmp_path, batch_norms(scales), weights, size=VOLUME)
    assert ("share" in import_onnx(str(path))) == share


def test_equal_weights_that_an_exporter_merges_are_each_layers_own(tmp_path):
    """torch's newer exporter writes one initializer for weights of equal values."""
    taken = [("x w b", "a"), ("a w c", "b0"), ("b0 w b", "y")]
    nodes = [helper.make_node("Conv", takes.split(), [gives], name=f"/{gives}/Conv")
             for takes, gives in taken]  # fmt: skip
    weights = [weight("w", 8, 8, 1, 1), weight("b", 8), weight("c", 8)]
    text = import_onnx(str(file(tmp_path, nodes, weights, size=VOLUME)))
    assert text.splitlines()[2] == ("# Equal weights that exporters merge are each layer's own: w.")
    assert text.partition("layers:\n")[2] == (
        "  - conv: {name: a, filters: 8, size: 1}\n"
        "  - conv: {name: b0, filters: 8, size: 1}\n"
        '  - conv: {name: "y", filters: 8, size: 1, share: a}\n'
    )


def test_the_old_softmax_takes_all_axes_from_one_on(tmp_path):
    pooled = [node("GlobalAveragePool", "x", "a"), node("Softmax", "a")]
    assert items(tmp_path, pooled, opset=9) == ("- gap: {name: act} - softmax: {name: act_1}")
    with pytest.raises(ConvcalcError, match="no layer stands for: Softmax in act"):
        items(tmp_path, [node("Softmax")], opset=9)


def test_weights_that_the_graph_makes_are_weights(tmp_path):
    """onnx's own light models fill them by ConstantOfShape."""
    nodes = [node("ConstantOfShape", "size", "w"), node("ConstantOfShape", "one", "b"),
             node("Conv", "x w b")]  # fmt: skip
    text = items(tmp_path, nodes, [whole("size", 4, 8, 3, 3), whole("one", 4)], opset=9)
    assert text == "- conv: {name: act, filters: 4, size: 3}"


@pytest.mark.parametrize("opset", [7, 9, 13, 18, 22])
def test_every_opset(tmp_path, opset):
    nodes = [node("Conv", "x w", "a", pads=[1] * 4), node("Relu", "a", "b"),
             node("MaxPool", "b", kernel_shape=[2, 2], strides=[2, 2])]  # fmt: skip
    text = items(tmp_path, nodes, [weight("w", 4, 8, 3, 3)], opset=opset)
    assert text == (
        "- conv: {name: act, filters: 4, size: 3, pad: 1, bias: false} - relu: {name: act_1} "
        "- pool: {name: act_2}"
    )


def test_messages_have_the_words_of_the_file(tmp_path):
    with pytest.raises(ConvcalcError) as caught:
        items(tmp_path, [node("Hardmax")])
    assert str(caught.value) == (
        f"{tmp_path}/net.onnx: an operator that no layer stands for: Hardmax in act\n"
        "hint: `convcalc import` with --partial writes opaque layers for them"
    )


def test_weights_that_only_the_caller_has(tmp_path):
    """onnx's single-operator models have no initializers: their weights are inputs."""
    made = helper.make_graph(
        [helper.make_node("Conv", ["x", "W"], ["y"], name="conv1")],
        "g",
        [helper.make_tensor_value_info("x", FLOAT, [1, 3, 8, 8]),
         helper.make_tensor_value_info("W", TensorProto.FLOAT, [4, 3, 3, 3])],
        [helper.make_tensor_value_info("y", FLOAT, None)],
    )  # fmt: skip
    path = tmp_path / "net.onnx"
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", 13)])
    path.write_bytes(model.SerializeToString())
    assert import_onnx(str(path)).endswith(
        "  - conv: {name: conv, filters: 4, size: 3, bias: false}\n"
    )


@pytest.mark.parametrize("value", [float("inf"), float("-inf"), float("nan"), 1e38])
@pytest.mark.parametrize("kind", ["Mul", "Add", "Sub"])
def test_numbers_that_no_spec_may_have_are_recorded(tmp_path, kind, value):
    found = items(tmp_path, [node(kind, "x w")], [number("w", value)])
    assert f"runs: {kind.lower()} " in found


def test_a_number_that_is_too_small_to_divide_by_is_recorded(tmp_path):
    assert "runs: div " in items(tmp_path, [node("Div", "x w")], [number("w", 1e-45)])
