"""Why an ONNX operator is not read: the true reason, in the words of the file."""

import pytest
from onnx import TensorProto, helper
from onnx_models import FLOAT, file, weight
from test_onnx_inputs import edited

from convcalc.models.importers.onnx_import import import_onnx
from convcalc.text.errors import ConvcalcError

ELSEWHERE = "are in another file, which is never opened"
INT, BOOL = TensorProto.INT64, TensorProto.BOOL
PARTIAL = "\nhint: `convcalc import` with --partial writes opaque layers for them"


def refusal(path, partial=False):
    with pytest.raises(ConvcalcError) as caught:
        import_onnx(str(path), partial=partial)
    return str(caught.value).replace(str(path), "net.onnx")


def elsewhere(name="s", dims=(4,), data_type=INT):
    """A constant with its data in another file."""
    tensor = weight(name, *dims, location="data.bin")
    tensor.data_type = data_type
    return tensor


def node(kind, inputs="x s", **options):
    return helper.make_node(kind, inputs.split(" "), ["y"], name="n", **options)


def branch(name):
    made = helper.make_tensor_value_info(name, FLOAT, None)
    return helper.make_graph([helper.make_node("Relu", ["x"], [name])], name, [], [made])


@pytest.mark.parametrize(
    ("nodes", "constant", "opset"),
    [
        ([node("Reshape")], elsewhere(), 17),
        ([node("Tile")], elsewhere(), 17),
        ([node("Resize", "x   s")], elsewhere(), 17),
        ([node("Resize", "x  s")], elsewhere(data_type=FLOAT), 17),
        ([node("Upsample")], elsewhere(data_type=FLOAT), 9),
        ([node("Pad")], elsewhere(dims=[8]), 17),
        ([node("Slice", "x s s")], elsewhere(), 17),
        ([node("Split", axis=1)], elsewhere(dims=[1]), 17),
        ([node("Unsqueeze")], elsewhere(dims=[1]), 17),
        ([node("ReduceSum")], elsewhere(dims=[2]), 17),
        ([node("If", "s", then_branch=branch("a"), else_branch=branch("b"))],
         elsewhere(dims=[], data_type=BOOL), 17),
        ([helper.make_node("Constant", [], ["s"], value=elsewhere("")), node("Reshape")],
         weight("w", 3), 17),
        ([helper.make_node("Concat", ["s", "s"], ["t"], axis=0), node("Reshape", "x t")],
         elsewhere(dims=[2]), 17),
        ([helper.make_node("Identity", ["s"], ["t"]), node("Resize", "x  t")],
         elsewhere(data_type=FLOAT), 17),
        ([helper.make_node("ConstantOfShape", ["s"], ["t"], name="n"), node("Add", "x t")],
         elsewhere(), 17),
    ],
    ids=lambda value: value[-1].op_type if isinstance(value, list) else None,
)  # fmt: skip
def test_sizes_that_are_in_another_file(tmp_path, nodes, constant, opset):
    """Behind it nothing has a size, and only the first is told."""
    behind = helper.make_node("Conv", ["y", "filters"], ["z"], name="/c/Conv")
    weights = [constant, weight("filters", 8, 3, 3, 3)]
    found = refusal(file(tmp_path, [*nodes, behind], weights, opset=opset, outputs=["z"]))
    assert found.startswith("net.onnx: `n` (")
    assert found.endswith(f": the data of `s` {ELSEWHERE}")


@pytest.mark.parametrize(
    ("said", "constant"),
    [
        ("are not in the file", TensorProto(name="s", data_type=INT, dims=[4])),
        ("are more than 1,024 values, of which no shape is made",
         helper.make_tensor("s", INT, [2000], [1] * 2000)),
        ("are of the type uint4, which is not read",
         helper.make_tensor("s", TensorProto.UINT4, [4], [1, 3, 32, 32])),
    ],
)  # fmt: skip
def test_other_reasons_why_a_shape_is_not_read(tmp_path, said, constant):
    path = file(tmp_path, [node("Reshape")], [constant])
    assert refusal(path) == f"net.onnx: `n` (Reshape): the data of `s` {said}"


def test_a_sparse_shape(tmp_path):
    inner = helper.make_tensor("s", INT, [2], [3, 4])
    at = helper.make_tensor("i", INT, [2], [0, 1])
    sparse = helper.make_sparse_tensor(inner, at, [4])
    path = edited(file(tmp_path, [node("Reshape")]), lambda g: g.sparse_initializer.append(sparse))
    said = "net.onnx: `n` (Reshape): the data of `s` are"
    assert refusal(path) == f"{said} sparse, which is not read"
    sparse.indices.data_location = TensorProto.EXTERNAL
    path = edited(file(tmp_path, [node("Reshape")]), lambda g: g.sparse_initializer.append(sparse))
    assert refusal(path) == f"{said} in another file, which is never opened"


def test_a_shape_that_is_an_input(tmp_path):
    shape = helper.make_tensor_value_info("s.shape", INT, [4])
    path = edited(file(tmp_path, [node("Reshape", "x s.shape")]), lambda g: g.input.append(shape))
    said = "the file leaves its input `s.shape` to who runs it"
    assert refusal(path) == f"net.onnx: `n` (Reshape): {said}"


@pytest.mark.parametrize(
    ("given", "constant"),
    [
        (node("Clip"), elsewhere(dims=[], data_type=FLOAT)),
        (node("Dropout"), elsewhere(dims=[], data_type=FLOAT)),
        (node("Pow"), elsewhere(dims=[], data_type=FLOAT)),
        (node("Gather", axis=1), elsewhere(dims=[])),
    ],
    ids=lambda value: getattr(value, "op_type", None),
)
def test_numbers_that_are_in_another_file(tmp_path, given, constant):
    """A Clip was taken for one without bounds, which computes nothing."""
    kind, path = given.op_type, file(tmp_path, [given], [constant])
    said = f"net.onnx: an operator that no layer stands for: {kind} in {kind.lower()}"
    assert refusal(path) == f"{said} (the data of `s` {ELSEWHERE}){PARTIAL}"
    assert f"operator: {kind}" in import_onnx(str(path), partial=True)


def test_weights_in_another_file_are_weights(tmp_path):
    nodes = [
        helper.make_node("Conv", ["x", "w"], ["a"], name="/c/Conv"),
        helper.make_node("Mul", ["a", "k"], ["y"], name="/m/Mul"),
    ]
    weights = [weight("w", 8, 3, 3, 3, location="w.bin"), weight("k", 8, 1, 1, location="k.bin")]
    text = import_onnx(str(file(tmp_path, nodes, weights)))
    assert "filters: 8" in text
    assert "layerscale" in text


def matrix(**options):
    nodes = [helper.make_node("Flatten", ["x"], ["f"])]
    return [*nodes, helper.make_node("Gemm", ["f", "w"], ["y"], name="/g/Gemm", **options)]


@pytest.mark.parametrize(
    ("nodes", "weights", "reason"),
    [
        ([node("HardSigmoid", "x")], [],
         "HardSigmoid in hardsigmoid (its `alpha` is 0.2, and PyTorch's is 1/6)"),
        ([node("Pad")], [helper.make_tensor("s", INT, [8], [0, 1, 0, 0, 0, 0, 0, 0])],
         "Pad in pad (it pads the batch or the channels)"),
        (matrix(transA=1), [weight("w", 2, 4)], "Gemm in g (its `transA` turns the input)"),
    ],
)  # fmt: skip
def test_an_operator_that_is_read_otherwise(tmp_path, nodes, weights, reason):
    said = f"net.onnx: an operator that no layer stands for: {reason}"
    assert refusal(file(tmp_path, nodes, weights)) == f"{said}{PARTIAL}"


@pytest.mark.parametrize("pads", [[1] * 4, [0, 0, 1, 1], [3, 3, 3, 3]])
@pytest.mark.parametrize(("p", "norm"), [(None, ""), (1, "norm: 1"), (2, ""), (4, "norm: 4")])
def test_norms_with_padding(tmp_path, p, norm, pads):
    pool = node("LpPool", "x", kernel_shape=[3, 3], pads=pads, **{"p": p} if p else {})
    text = import_onnx(str(file(tmp_path, [pool])))
    assert "mode: l2" in text
    assert [line for line in ("norm: 1", "norm: 4") if line in text] == [norm] * bool(norm)
