"""Shapes that an ONNX file states for its inputs: none, open, or of no value."""

import onnx
import pytest
import yaml
from onnx import TensorProto, helper
from onnx_models import FLOAT, file, weight

import convcalc
from convcalc.facts.shape import Shape
from convcalc.models.importers.onnx_import import import_onnx
from convcalc.text.errors import ConvcalcError

OPEN = "\nhint: an axis that is open has a name, or -1"
ANY = "\nhint: give it by --input WxHxD"


def relu(given="x", made="y"):
    return helper.make_node("Relu", [given], [made], name="r")


def conv(**options):
    return helper.make_node("Conv", ["x", "w"], ["y"], name="/c/Conv", **options)


def refusal(path):
    with pytest.raises(ConvcalcError) as caught:
        import_onnx(str(path))
    return caught.value.at_prompt().replace(str(path), "net.onnx")


def edited(path, edit):
    """The file with a change of its graph."""
    model = onnx.load(path)
    edit(model.graph)
    path.write_bytes(model.SerializeToString())
    return path


def without_shape(graph):
    graph.input[0].type.tensor_type.ClearField("shape")


@pytest.mark.parametrize(
    ("size", "said"),
    [
        ((1, 3, -8, 8), f"axis 2 of the input `x` cannot be -8: it is 1x3x-8x8{OPEN}"),
        ((1, -3, 8, 8), f"axis 1 of the input `x` cannot be -3: it is 1x-3x8x8{OPEN}"),
        ((-5, 3, "h", None), f"axis 0 of the input `x` cannot be -5: it is -5x3xhx?{OPEN}"),
        ((1, 3, 8, 2**40), "axis 3 of the input `x` cannot be 1,099,511,627,776: it is "
                           "1x3x8x1099511627776"),
        ((-2, *[3] * 11), f"axis 0 of the input `x` cannot be -2: it is -2{'x3' * 7}x...{OPEN}"),
    ],
)  # fmt: skip
def test_sides_of_an_input_that_cannot_be(tmp_path, size, said):
    assert refusal(file(tmp_path, [relu()], size=size)) == f"net.onnx: {said}"


@pytest.mark.parametrize(("field", "word"), [("output", "output"), ("value_info", "value")])
def test_sides_of_a_value_that_cannot_be(tmp_path, field, word):
    path = file(tmp_path, [relu(), relu("y", "z")], outputs=["z"])
    value = helper.make_tensor_value_info("v", FLOAT, [1, -3])
    path = edited(path, lambda graph: getattr(graph, field).append(value))
    said = f"axis 1 of the {word} `v` cannot be -3: it is 1x-3"
    assert refusal(path) == f"net.onnx: {said}{OPEN}"


@pytest.mark.parametrize("batch", [-1, 0, "batch", None])
def test_an_open_batch_is_no_obstacle(tmp_path, batch):
    assert "input: 8x8x3" in import_onnx(str(file(tmp_path, [relu()], size=(batch, 3, 8, 8))))


@pytest.mark.parametrize(
    ("size", "hint"),
    [
        ((1, 3, "h", "w"), "--input 224x224x3 gives one"),
        ((1, 3, 16, -1), "--input 224x16x3 gives one"),
        ((1, "c", 0, 16), "--input 16x224x3 gives one"),
    ],
)
def test_an_open_size_comes_with_one_that_works(tmp_path, size, hint, run):
    path = file(tmp_path, [conv()], [weight("w", 8, 3, 3, 3)], size=size)
    written = "x".join(map(str, size))
    left = "its input `x` has no values" if 0 in size else "the size of its input `x` is left open"
    assert refusal(path) == f"net.onnx: {left}: {written}\nhint: {hint}"
    assert run("analyze", str(path), *hint.split()[:2]).code == 0


@pytest.mark.parametrize(("channels", "groups"), [(3, 1), (1, 1), (2, 2)])
def test_a_file_without_a_shape(tmp_path, channels, groups, run):
    """The first filters say how many channels the size has that works."""
    path = file(tmp_path, [conv(group=groups)], [weight("w", 8, channels, 3, 3)])
    edited(path, without_shape)
    size = f"224x224x{channels * groups}"
    assert refusal(path) == (
        f"net.onnx: the file states no shape for its input `x`\nhint: --input {size} gives one"
    )
    assert f"input: {size}" in run("import", "onnx", str(path), "--input", size).out


@pytest.mark.parametrize(("axes", "size"), [(1, "224x3"), (3, "224x224x224x3")])
def test_the_first_filters_say_how_many_axes_there_are(tmp_path, axes, size):
    path = edited(file(tmp_path, [conv()], [weight("w", 8, 3, *[3] * axes)]), without_shape)
    assert refusal(path).endswith(f"\nhint: --input {size} gives one")


def test_only_a_size_that_works_is_named(tmp_path):
    nodes = [helper.make_node("Flatten", ["x"], ["f"]), helper.make_node("Gemm", ["f", "w"], ["y"])]
    path = edited(file(tmp_path, nodes, [weight("w", 3 * 32 * 32, 5)]), without_shape)
    said = "net.onnx: the file states no shape for its input `x`\nhint: "
    assert refusal(path) == f"{said}--input 32x32x3 gives one"
    path = edited(file(tmp_path, nodes, [weight("w", 3 * 7 * 7, 5)]), without_shape)
    assert refusal(path) == f"{said}{ANY[7:]}"


@pytest.mark.parametrize(("count", "tries"), [(400, 4), (900, 2), (2001, 0)])
def test_the_larger_a_file_the_fewer_sizes_are_tried(tmp_path, count, tries, monkeypatch):
    from convcalc.models.importers import onnx_graph

    nodes = [helper.make_node("Hardmax", [f"v{k}"], [f"v{k + 1}"]) for k in range(count)]
    path = edited(file(tmp_path, [helper.make_node("Relu", ["x"], ["v0"]), *nodes][:count],
                       outputs=[f"v{count - 1}"]), without_shape)  # fmt: skip
    tried, true = [], onnx_graph.load_graph

    def load(path, image):
        tried.append(image)
        return true(path, image)

    monkeypatch.setattr(onnx_graph, "load_graph", load)
    assert refusal(path).endswith(ANY)
    assert len([image for image in tried if image]) == tries


def test_python_is_told_its_own_word(tmp_path):
    path = edited(file(tmp_path, [relu()]), without_shape)
    with pytest.raises(ConvcalcError) as caught:
        convcalc.load(str(path))
    assert str(caught.value).endswith("\nhint: input='224x224x3' gives one")
    assert convcalc.analyze(str(path), input="224x224x3")


def test_keras_files_without_a_shape(tmp_path):
    turn = helper.make_node("Transpose", ["x"], ["t"], perm=[0, 3, 1, 2])
    nodes = [turn, helper.make_node("Conv", ["t", "w"], ["y"], name="/c/Conv")]
    path = edited(file(tmp_path, nodes, [weight("w", 8, 3, 3, 3)]), without_shape)
    spec = yaml.safe_load(import_onnx(str(path), Shape(12, 10, 3)))
    assert spec["input"] == "12x10x3"


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (helper.make_tensor_sequence_value_info("x", FLOAT, [1]), "is a sequence, not a tensor"),
        (helper.make_sparse_tensor_value_info("x", FLOAT, [1]), "is a sparse tensor, not a tensor"),
        (helper.make_tensor_value_info("x", TensorProto.STRING, [1, 3, 8, 8]),
         "holds texts, not numbers"),
        (helper.make_tensor_value_info("x", 99, [1, 3, 8, 8]),
         "has the data type 99, which ONNX does not know"),
        (helper.make_tensor_value_info("x", FLOAT, []),
         "has 0 axes, not batch, channels, height and width"),
    ],
)  # fmt: skip
def test_inputs_of_another_kind(tmp_path, value, said):
    path = edited(file(tmp_path, [relu()]), lambda graph: graph.input[0].CopyFrom(value))
    assert refusal(path) == f"net.onnx: the input `x` {said}"


def test_an_input_without_any_type(tmp_path):
    path = edited(file(tmp_path, [relu()]), lambda graph: graph.input[0].ClearField("type"))
    assert refusal(path).endswith("hint: --input 224x224x3 gives one")


@pytest.mark.parametrize(
    ("dims", "said"),
    [
        (None, "the file states no shape for the weight `w`, one of its inputs"),
        ([8, "n", 3, 3], "the size of its weight `w`, an input, is left open: 8xnx3x3"),
        ([8, 0, 3, 3], "its weight `w`, an input, has no values: 8x0x3x3"),
    ],
)
def test_weights_that_the_file_leaves_to_who_runs_it(tmp_path, dims, said):
    """Each of their sides counts: none is made up, as that of a batch is."""
    value = helper.make_tensor_value_info("w", FLOAT, dims)
    path = edited(file(tmp_path, [conv()]), lambda graph: graph.input.append(value))
    assert refusal(path) == f"net.onnx: {said}"


@pytest.mark.parametrize("field", ["input", "output", "value_info"])
def test_names_of_axes_and_values_that_are_no_text(tmp_path, field):
    path = file(tmp_path, [relu()], size=("batch", 3, 8, 8), outputs=["y"])
    value = helper.make_tensor_value_info("batch", FLOAT, ["batch"])
    if field != "input":
        edited(path, lambda graph: getattr(graph, field).append(value))
    path.write_bytes(path.read_bytes().replace(b"batch", b"b\xfftch"))
    assert refusal(path) == "net.onnx: a name that is not UTF-8"
