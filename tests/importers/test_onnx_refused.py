"""What ONNX's specification does not allow, and onnx would read or tell by a number of its own."""

import onnx
import pytest
from onnx import AttributeProto, TensorProto, helper
from onnx_models import FLOAT, file, weight
from test_onnx_inputs import edited

from convcalc.models.importers.onnx_import import import_onnx
from convcalc.text.errors import ConvcalcError

INT = TensorProto.INT64
PARTIAL = "\nhint: `convcalc import` with --partial writes opaque layers for them"


def refusal(path, **options):
    with pytest.raises(ConvcalcError) as caught:
        import_onnx(str(path), **options)
    return str(caught.value).replace(str(path), "net.onnx")


def node(kind, inputs="x", outputs="y", name="n", **options):
    return helper.make_node(kind, inputs.split(" "), outputs.split(" "), name=name, **options)


def integers(*values, dims=None):
    return helper.make_tensor("s", INT, [len(values)] if dims is None else dims, values)


def reals(*values, dims=None):
    return helper.make_tensor("s", FLOAT, [len(values)] if dims is None else dims, values)


@pytest.mark.parametrize("kind", ["", " ", "\t\n"])
@pytest.mark.parametrize(
    ("name", "what"), [("n", "the operator `n`"), ("", "the operator that gives `y`")]
)
def test_an_operator_without_a_type(tmp_path, kind, name, what):
    path = file(tmp_path, [node(kind, name=name)])
    for partial in (False, True):
        assert refusal(path, partial=partial) == f"net.onnx: {what} has no type"


@pytest.mark.parametrize(
    ("size", "said", "hint"),
    [
        (("n", 3, 0, 32), "its input `x` has no values: nx3x0x32", "32x224x3"),
        ((0, 0, 0, 0), "its input `x` has no values: 0x0x0x0", "224x224x3"),
        (("n", 3, 0, "w"), "its input `x` has no values: nx3x0xw", "224x224x3"),
        (("n", 3, "h", 32), "the size of its input `x` is left open: nx3xhx32", "32x224x3"),
    ],
)
def test_sides_of_0_are_not_open(tmp_path, size, said, hint):
    path = file(tmp_path, [node("Relu")], size=size)
    assert refusal(path) == f"net.onnx: {said}\nhint: input='{hint}' gives one"


def test_a_batch_of_0_is_open(tmp_path):
    """As MXNet and Caffe2 have written it."""
    assert "- relu" in import_onnx(str(file(tmp_path, [node("Relu")], size=(0, 3, 32, 32))))


@pytest.mark.parametrize("kind", ["Foo", "Relu", "If", "Constant"])
def test_an_operator_of_another_domain(tmp_path, kind):
    path = file(tmp_path, [node(kind, domain="com.acme")])
    said = f"{kind} in {kind.lower()} (of the domain com.acme)"
    assert refusal(path) == f"net.onnx: an operator that no layer stands for: {said}{PARTIAL}"
    path = file(tmp_path, [node(kind, "q", domain="com.acme")])
    takes = "takes `q`, which nothing before it gives"
    assert refusal(path) == f"net.onnx: `n` ({kind} of the domain com.acme) {takes}"


RESIZES = [(10, "Resize", "x s"), (13, "Resize", "x  s"), (19, "Resize", "x  s"),
           (9, "Upsample", "x s"), (7, "Upsample", "x")]  # fmt: skip
MOST = "2,147,483,647"
FINITE = "its `scales` must be finite and above 0, not"


@pytest.mark.parametrize(("opset", "kind", "inputs"), RESIZES)
@pytest.mark.parametrize(
    ("scale", "said"),
    [
        (1e30, f"a scale of 1e+30 makes 32 more than {MOST}"),
        (3e38, f"a scale of 3e+38 makes 32 more than {MOST}"),
        (1e8, f"a scale of 1e+08 makes 32 more than {MOST}"),
        (float("inf"), f"{FINITE} inf"),
        (float("-inf"), f"{FINITE} -inf"),
        (0.0, f"{FINITE} 0"),
        (-2.5, f"{FINITE} -2.5"),
        (float("nan"), f"{FINITE} nan"),
    ],
)
def test_scales_of_a_resize(tmp_path, opset, kind, inputs, scale, said):
    scales = [1.0, 1.0, scale, scale]
    written = {"scales": scales} if opset == 7 else {}
    path = file(tmp_path, [node(kind, inputs, **written)], [reals(*scales)], opset=opset)
    said = "`scales` is not a number" if opset == 7 and scale != scale else said
    assert refusal(path) == f"net.onnx: `n` ({kind}): {said}"


@pytest.mark.parametrize("kind", ["Resize", "Reshape"])
def test_a_whole_number_of_what_has_none(tmp_path, kind):
    """It was cast to -9223372036854775808."""
    nodes = [
        node("Shape", "x", "a"),
        node("Cast", "a", "b", to=FLOAT),
        node("Mul", "b s", "c"),
        node("Cast", "c", "d", to=INT),
        node(kind, "x   d" if kind == "Resize" else "x d"),
    ]
    path = file(tmp_path, nodes, [reals(1, 1, 1e30, 1e30)], size=(1, 3, 32, 32))
    assert refusal(path) == f"net.onnx: `n` ({kind}): `d` has no whole number for 3.2e+31"


def test_a_cast_of_texts_is_no_fault_of_ours(tmp_path):
    text = helper.make_tensor("s", TensorProto.STRING, [4], [b"1", b"3", b"32", b"x"])
    path = file(tmp_path, [node("Cast", "s", "t", to=INT), node("Reshape", "x t")], [text])
    said = "the data of `s` are of the type string, which is not read"
    assert refusal(path) == f"net.onnx: `n` (Reshape): {said}"


def test_an_attribute_twice(tmp_path):
    path = file(tmp_path, [node("LeakyRelu", alpha=0.1)])
    for value in (0.1, 0.2):
        edited(
            path, lambda g, v=value: g.node[0].attribute.append(helper.make_attribute("alpha", v))
        )
    assert refusal(path) == "net.onnx: `n` (LeakyRelu) has its attribute `alpha` more than once"


@pytest.mark.parametrize("edit", [{"i": 7}, {"ints": [1, 2]}, {"s": b"word"}])
def test_an_attribute_of_two_types(tmp_path, edit):
    path = file(tmp_path, [node("Elu", alpha=1.0)])
    more = AttributeProto(**edit)
    edited(path, lambda g: g.node[0].attribute[0].MergeFrom(more))
    said = "`alpha` is of the type float, and holds another"
    assert refusal(path) == f"net.onnx: `n` (Elu): {said}"


def test_many_attributes(tmp_path):
    path = file(tmp_path, [node("Elu", **{f"a{k}": k for k in range(1001)})])
    assert refusal(path) == "net.onnx: `n` (Elu) has more than 1000 attributes"


@pytest.mark.parametrize(("domain", "version", "said"), [
    ("", 11, "is written for several opsets of ONNX, 11 and 17"),
    ("ai.onnx", 18, "is written for several opsets of ONNX, 17 and 18"),
    ("ai.onnx", 17, ""),
    ("com.acme", 1, ""),
])  # fmt: skip
def test_opsets(tmp_path, domain, version, said):
    path = file(tmp_path, [node("Relu")])
    model = onnx.load(path)
    model.opset_import.append(helper.make_opsetid(domain, version))
    path.write_bytes(model.SerializeToString())
    if said:
        assert refusal(path) == f"net.onnx: {said}"
    else:
        assert "- relu" in import_onnx(str(path))


REDUCTIONS = ["ReduceMean", "ReduceMax", "ReduceMin", "ReduceSum", "ReduceProd", "ReduceL1",
              "ReduceL2", "ReduceLogSum", "ReduceLogSumExp", "ReduceSumSquare"]  # fmt: skip


@pytest.mark.parametrize("axes", [(2, 2), (2, 3, -2)])
@pytest.mark.parametrize("kind", [*REDUCTIONS, "Squeeze", "Slice", "Resize"])
def test_an_axis_twice(tmp_path, kind, axes):
    said = f"net.onnx: `n` ({kind}): `axes` names axis 2 more than once"
    inputs = {"Slice": "x p p s", "Resize": "x  p"}.get(kind, "x s")
    written = {"axes": axes} if kind == "Resize" else {}
    many = helper.make_tensor("p", FLOAT if kind == "Resize" else INT, [len(axes)], [1] * len(axes))
    path = file(tmp_path, [node(kind, inputs, **written)], [integers(*axes), many], opset=18)
    assert refusal(path) == said
    if kind in REDUCTIONS:
        assert refusal(file(tmp_path, [node(kind, axes=axes)], opset=11)) == said


def test_an_axis_of_an_output_twice(tmp_path):
    path = file(tmp_path, [node("Unsqueeze", "x s")], [integers(0, -6)])
    assert refusal(path) == "net.onnx: `n` (Unsqueeze): `axes` names axis 0 more than once"
    path = file(tmp_path, [node("Unsqueeze", "x s")], [integers(0, 6)])
    said = "`axes` is 6, and its output has 6 axes"
    assert refusal(path) == f"net.onnx: `n` (Unsqueeze): {said}"


VECTORS = [("Reshape", "x s", 17), ("Expand", "x s", 17), ("Tile", "x s", 17), ("Pad", "x s", 17),
           ("Resize", "x   s", 17), ("Slice", "x s s", 17), ("Split", "x s", 17),
           ("ReduceMean", "x s", 18), ("ReduceSum", "x s", 17),
           ("ConstantOfShape", "s", 17)]  # fmt: skip


@pytest.mark.parametrize(("kind", "inputs", "opset"), VECTORS)
@pytest.mark.parametrize(
    ("dims", "size"), [([1, 4], "1x4"), ([2, 2], "2x2"), ([1, 1], "1x1"), ([], "one value")]
)
def test_shapes_that_are_no_vectors(tmp_path, kind, inputs, opset, dims, size):
    tensor = integers(*[1] * (4 if 4 in dims or 2 in dims else 1), dims=dims)
    nodes = [node(kind, inputs, "t" if kind == "ConstantOfShape" else "y")]
    nodes += [node("Add", "x t")] * (kind == "ConstantOfShape")
    said = f"its input `s` is of {size}, and must be a vector"
    assert (
        refusal(file(tmp_path, nodes, [tensor], opset=opset)) == f"net.onnx: `n` ({kind}): {said}"
    )


@pytest.mark.parametrize("kind", ["Squeeze", "Unsqueeze"])
def test_an_axis_without_a_vector(tmp_path, kind):
    """As exporters write it, and ONNX Runtime reads."""
    nodes = [node("Unsqueeze", "x s", "t"), node("Squeeze", "t s")]
    assert import_onnx(str(file(tmp_path, nodes, [integers(0, dims=[])])))
    path = file(tmp_path, [node(kind, "x s")], [integers(0, dims=[1, 1])])
    said = "its input `s` is of 1x1, and must be a vector"
    assert refusal(path) == f"net.onnx: `n` ({kind}): {said}"


@pytest.mark.parametrize(
    ("kind", "inputs"), [("Clip", "x s"), ("Dropout", "x s"), ("Clip", "x  s")]
)
def test_numbers_that_are_several(tmp_path, kind, inputs):
    path = file(tmp_path, [node(kind, inputs)], [reals(0.1, 0.2, 0.3)])
    said = "its input `s` is of 3, and must be one number"
    assert refusal(path) == f"net.onnx: `n` ({kind}): {said}"


def test_a_bound_in_a_vector_is_a_number(tmp_path):
    path = file(
        tmp_path, [node("Clip", "x s t")], [reals(0), helper.make_tensor("t", FLOAT, [1], [6])]
    )
    assert "- relu6" in import_onnx(str(path))


def sparse(indices, dims, values=2, shape=None):
    held = helper.make_tensor("s", FLOAT, [values], [1] * values)
    at = helper.make_tensor("i", INT, [len(indices)] if shape is None else shape, indices)
    return helper.make_sparse_tensor(held, at, dims)


@pytest.mark.parametrize(
    ("tensor", "said"),
    [
        (sparse([0, 2], [3, 1, 1]), ""),
        (sparse([0, 0, 0, 2, 0, 0], [3, 1, 1], shape=[2, 3]), ""),
        (sparse([0, 99], [3, 1, 1]), "an index of 99 among 3"),
        (sparse([-1, 2], [3, 1, 1]), "an index of -1 among 3"),
        (sparse([0, 0, 0, 1, 1, 0], [3, 1, 1], shape=[2, 3]), "an index of 1 among 1"),
        (sparse([0, 1, 2], [3, 1, 1]), "indices that are not those of its values"),
        (sparse([0, 1, 0, 1], [3, 1, 1], shape=[2, 2]), "indices that are not those of its values"),
        (sparse([0, 1], [-3, 1, 1]), "a side of -3"),
    ],
)
def test_sparse_weights(tmp_path, tensor, said):
    """They are read as weights without values."""
    path = edited(
        file(tmp_path, [node("Add", "x s")]), lambda g: g.sparse_initializer.append(tensor)
    )
    made = helper.make_node("Constant", [], ["s"], sparse_value=tensor)
    if not said:
        assert "- bias" in import_onnx(str(path))
        assert "- bias" in import_onnx(str(file(tmp_path, [made, node("Add", "x s")])))
        return
    assert refusal(path) == f"net.onnx: the weight `s` has {said}"
    path = file(tmp_path, [made, node("Add", "x s")])
    assert refusal(path) == f"net.onnx: the Constant of `s`: `sparse_value` has {said}"


@pytest.mark.parametrize(
    ("values", "said"),
    [({}, "it has no value"), ({"value_int": 1, "value_float": 2.0}, "it has 2 values, not one")],
)
def test_a_constant_has_one_value(tmp_path, values, said):
    path = file(tmp_path, [helper.make_node("Constant", [], ["s"], **values), node("Add", "x s")])
    assert refusal(path) == f"net.onnx: the Constant of `s`: {said}"


def test_data_twice(tmp_path):
    tensor = reals(3)
    tensor.raw_data = b"\0\0\0\0"
    path = file(tmp_path, [node("Mul", "x s")], [tensor])
    assert refusal(path) == "net.onnx: the weight `s` has its data twice"


def given(name, *dims):
    return helper.make_tensor_value_info(name, FLOAT, dims)


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (lambda g: g.input.append(g.input[0]), "several inputs have the name `x`"),
        (lambda g: g.input.extend([given("w", 8, 3, 3, 3)] * 2),
         "several inputs have the name `w`"),
        (lambda g: g.input.append(given("", 1, 3, 8, 8)), "an input without a name"),
        (lambda g: g.input.append(given("w", 8, 3, 5, 5)),
         "the weight `w` is of 8x3x3x3, and as an input 8x3x5x5"),
        (lambda g: g.input.append(given("w", *[1] * 65)),
         "the input `w` has 65 axes; at most 64 are read"),
        (lambda g: g.input.extend(given(f"i{k}", 1) for k in range(9)),
         "takes 10 inputs, `x`, `i0`, `i1`, `i2`, `i3`, `i4`, `i5`, `i6`, ..., not one"),
        (lambda g: g.input.extend([given("w", 8, 3, 3, 3)] * 40_000),
         "more than 40,000 inputs, outputs and weights"),
        (lambda g: g.initializer.append(weight("w", 8, 3, 3, 3)),
         "several weights have the name `w`"),
        (lambda g: g.initializer.append(weight("", 8)), "a weight without a name"),
        (lambda g: g.initializer.append(weight("v", *[2**31 - 1] * 65)),
         "the weight `v` has 65 axes; at most 64 are read"),
        (lambda g: g.output.append(given("")), "an output without a name"),
        (lambda g: g.output.append(given("q")), "nothing gives its output `q`"),
        (lambda g: g.output.append(given("w")),
         "its output `w` is a constant, which nothing computes"),
        (lambda g: g.node.append(node("Split", "y", "a a", axis=2)),
         "several values have the name `a`"),
    ],
)  # fmt: skip
def test_names_of_a_graph(tmp_path, edit, said):
    path = edited(file(tmp_path, [node("Conv", "x w")], [weight("w", 8, 3, 3, 3)]), edit)
    assert refusal(path) == f"net.onnx: {said}"


def test_weights_that_are_inputs_are_read(tmp_path):
    """As IR version 3 has them, with sides left open or not."""
    for dims in ([8, 3, 3, 3], [8, "c", 3, 3], [8 * 27]):
        path = file(tmp_path, [node("Conv", "x w")], [weight("w", 8, 3, 3, 3)])
        edited(path, lambda g, d=dims: g.input.append(given("w", *d)))
        assert "filters: 8" in import_onnx(str(path))


def test_an_output_twice_is_one(tmp_path):
    path = file(tmp_path, [node("Relu")], outputs=["y"] * 3)
    assert "outputs" not in import_onnx(str(path))


@pytest.mark.parametrize("kind", ["Conv", "ConvTranspose", "MaxPool", "AveragePool", "LpPool"])
@pytest.mark.parametrize("automatic", ["SAME_UPPER", "SAME_LOWER", "VALID"])
def test_pads_beside_auto_pad(tmp_path, kind, automatic):
    """Zeros say nothing, and onnx gave no size where they stand."""
    learned = kind.startswith("Conv")
    options = {} if learned else {"kernel_shape": [3, 3]}
    weights = [weight("w", 3, 3, 3, 3)] * learned
    texts = []
    for pads in ({"pads": [0, 0, 0, 0]}, {}):
        made = node(kind, "x w" if learned else "x", auto_pad=automatic, **pads, **options)
        texts.append(import_onnx(str(file(tmp_path, [made], weights))))
    assert texts[0] == texts[1]
    made = node(kind, "x w" if learned else "x", auto_pad=automatic, pads=[1] * 4, **options)
    said = f"it has `pads` beside an `auto_pad` of {automatic}"
    assert refusal(file(tmp_path, [made], weights)) == f"net.onnx: `n` ({kind}): {said}"
