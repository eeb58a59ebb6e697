"""ONNX files: what is read of them, and what is no ONNX file at all."""

import resource

import onnx
import pytest
import yaml
from onnx import TensorProto, helper
from onnx_models import FLOAT, file, weight

from convcalc.models.importers.onnx_bytes import BytesReader
from convcalc.models.importers.onnx_file import drop_values
from convcalc.models.importers.onnx_import import import_onnx, place_of
from convcalc.text.errors import ConvcalcError


def conv(output="y", **options):
    return helper.make_node("Conv", ["x", "w"], [output], name="/c/Conv", pads=[1] * 4, **options)


SPEC = """\
# Imported from {path}
# ONNX does not say what works in place: activation functions do here, sums do not.
name: net
input: 32x32x3
lifetimes: traced  # each value until its last use

layers:
  - conv: {{name: c, filters: 8, size: 3, pad: 1, bias: false}}
  - silu: {{name: act}}
"""


def test_a_file_becomes_a_spec(tmp_path):
    nodes = [
        conv("a"),
        helper.make_node("Sigmoid", ["a"], ["s"], name="/act/Sigmoid"),
        helper.make_node("Mul", ["a", "s"], ["y"], name="/act/Mul"),
    ]
    path = file(tmp_path, nodes, [weight("w", 8, 3, 3, 3)])
    assert import_onnx(str(path)) == SPEC.format(path=path)


ARITHMETIC = [
    (("Add", "x", "two"), "scale: {name: act, offset: 2.0}", "a number behind"),
    (("Mul", "two", "x"), "scale: {name: act, factor: 2.0}", "a number in front"),
    (
        ("Sub", "two", "x"),
        "scale: {name: act, factor: -1.0, offset: 2.0}",
        "a number less a volume",
    ),
    (("Sub", "x", "two"), "scale: {name: act, offset: -2.0}", "a volume less a number"),
    (("Div", "x", "two"), "scale: {name: act, factor: 0.5}", "a volume by a number"),
    (("Neg", "x"), "scale: {name: act, factor: -1.0}", "a sign"),
    (("Mul", "x", "g"), "layerscale: {name: act, input_first: true}", "a weight a channel"),
    (("Mul", "g", "x"), "layerscale: {name: act}", "the weight in front"),
    (("Add", "x", "g"), "bias: {name: act}", "a learned offset"),
    (("Sub", "x", "g"), "bias: {name: act, learned: false}", "a mean"),
    (
        ("Div", "x", "g"),
        "layerscale: {name: act, learned: false, input_first: true}",
        "a deviation",
    ),
]


@pytest.mark.parametrize(
    ("node", "line"), [row[:2] for row in ARITHMETIC], ids=[row[2] for row in ARITHMETIC]
)
def test_arithmetic(tmp_path, node, line):
    kind, *inputs = node
    two = helper.make_tensor("", FLOAT, [], [2.0])
    nodes = [
        helper.make_node("Constant", [], ["two"], value=two),
        helper.make_node(kind, inputs, ["y"], name=f"/act/{kind}_1"),
    ]
    text = import_onnx(str(file(tmp_path, nodes, [weight("g", 3, 1, 1)])))
    assert text.rpartition("  - ")[2].replace(f"act.{kind.lower()}", "act") == f"{line}\n"


def test_it_is_a_source_like_any_other(tmp_path, run):
    path = file(tmp_path, [conv()], [weight("w", 8, 3, 3, 3)])
    result = run("analyze", str(path), "--format", "csv", "--columns", "name,output,parameters")
    assert result.out == "name,output,parameters\ninput,32x32x3,0\nc,32x32x8,216\n"
    larger = run("analyze", str(path), "--input", "64x48x3", "--format", "csv",
                 "--columns", "name,output")  # fmt: skip
    assert larger.out == "name,output\ninput,64x48x3\nc,64x48x8\n"


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("/layer1/layer1.0/conv1/Conv", "layer1.0.conv1"),
        ("/stage4/stage4.3/branch2/branch2.2/Relu", "stage4.3.branch2.2"),
        ("/layer1/layer1.0/Add", "layer1.0.add"),
        ("/features/features.0/features.0.1/Relu_1", "features.0.1"),
        ("/Flatten", "flatten"),
        ("Conv_0", "conv"),
        ("", "conv"),
    ],
)
def test_names_are_those_of_the_modules(name, place):
    kind = name.rpartition("/")[2].partition("_")[0] or "Conv"
    assert place_of(helper.make_node(kind, ["x"], ["y"], name=name)) == place


def refusal(path):
    with pytest.raises(ConvcalcError) as caught:
        import_onnx(str(path))
    return str(caught.value).replace(str(path), "net.onnx")


@pytest.mark.parametrize(
    "data",
    [b"", b"INPUT -> CONV3-8\n", b"\x08\x07\x12\xff\xff\xff\xff\x07", b"\xff" * 64],
    ids=["an empty file", "a text", "a claim of 2 GiB", "noise"],
)
def test_what_is_no_model(tmp_path, data):
    path = tmp_path / "net.onnx"
    path.write_bytes(data)
    assert refusal(path) in (
        "net.onnx: not an ONNX model, or not all of one",
        "net.onnx: an ONNX model without operators",
    )


def test_half_a_file(tmp_path):
    values = TensorProto(name="w", data_type=FLOAT, dims=(8, 3, 3, 3), raw_data=bytes(8 * 27 * 4))
    path = file(tmp_path, [conv()], [values])
    path.write_bytes(path.read_bytes()[:-700])
    assert refusal(path) == "net.onnx: not an ONNX model, or not all of one"


@pytest.mark.parametrize(("size", "words"), [
    (100 * 2**30, "of 100.0 GiB; an ONNX file has at most 2 GiB"),
    (2**31, "of 2.00 GiB; an ONNX file has at most 2 GiB"),
    (2**31 - 1, "not an ONNX model, or not all of one"),
])  # fmt: skip
@pytest.mark.parametrize("begins", [b"", b"\x08\x08", b"\x3a\xf0\xff\xff\xff\x07"])
def test_a_file_of_holes_is_refused_before_it_is_read(tmp_path, size, words, begins):
    """It takes no room on the disk, and would take all of the memory."""
    path = tmp_path / "net.onnx"
    with open(path, "wb") as file:
        file.write(begins)
        file.truncate(size)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert words in refusal(path)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100 * 1024  # KiB


def large_weights(count):
    """A convolution with values of so many bytes, in every place that a model has for them."""
    values = TensorProto(name="w", data_type=FLOAT, dims=(count // 108, 3, 3, 3))
    values.raw_data = bytes(count // 108 * 108)
    floats = TensorProto(name="f", data_type=FLOAT, dims=(count // 4,))
    floats.float_data.extend([0.5] * (count // 4))
    constant = helper.make_node("Constant", [], ["k"], value=floats)
    branch = helper.make_graph([helper.make_node("Relu", ["x"], ["b"])], "g", [],
                               [helper.make_tensor_value_info("b", FLOAT, None)])  # fmt: skip
    inside = branch.initializer.add()
    inside.CopyFrom(floats)
    inside.name = "v"
    yes = helper.make_tensor("yes", TensorProto.BOOL, [], [True])
    taken = helper.make_node("If", ["yes"], ["i"], then_branch=branch, else_branch=branch)
    return [constant, conv(), taken], [values, yes]


def test_large_values_are_passed_over(tmp_path):
    """What is read of a file is the same as the whole without its values."""
    path = file(tmp_path, *large_weights(3 * 2**20))
    before = onnx.load(path)
    path.write_bytes(before.SerializeToString())
    assert path.stat().st_size > 12_000_000
    assert "filters: 29127" in import_onnx(str(path))
    with open(path, "rb") as opened:
        reader = BytesReader(opened)
        data = reader.message_without_values(path.stat().st_size, onnx.ModelProto.DESCRIPTOR)
    assert len(data) < 2000
    assert reader.read < 2000
    for tensor in (
        before.graph.initializer[0],
        before.graph.node[0].attribute[0].t,
        *(each.g.initializer[0] for each in before.graph.node[2].attribute),
    ):
        drop_values(tensor)
    assert onnx.ModelProto.FromString(data) == before


def test_what_is_left_of_a_file_is_bounded(tmp_path, monkeypatch):
    path = file(tmp_path, [conv()], [weight("w", 8, 3, 3, 3)])
    data = path.read_bytes()
    model = onnx.load(path)
    model.graph.doc_string = "a" * 3 * 2**20
    path.write_bytes(model.SerializeToString())
    monkeypatch.setattr("convcalc.models.importers.onnx_bytes.LARGEST_REST", 2 * 2**20)
    assert refusal(path) == "net.onnx: more than 2 MiB beside its weights"
    monkeypatch.undo()
    path.write_bytes(data + b"\x08\x08" * 1000)
    assert "filters: 8" in import_onnx(str(path))
    monkeypatch.setattr("convcalc.models.importers.onnx_bytes.MOST_FIELDS", 1000)
    assert refusal(path) == "net.onnx: more than 1,000 fields"


def test_external_data_is_never_opened(tmp_path, monkeypatch):
    path = file(tmp_path, [conv()], [weight("w", 8, 3, 3, 3, location="../../../../etc/passwd")])
    opened = []

    def remembering(name, *arguments, **options):
        opened.append(str(name))
        return original(name, *arguments, **options)

    import builtins

    original = builtins.open
    monkeypatch.setattr(builtins, "open", remembering)
    assert "filters: 8" in import_onnx(str(path))
    assert [name for name in opened if "passwd" in name] == []


def test_sizes_that_no_memory_holds(tmp_path):
    path = file(tmp_path, [conv()], [weight("w", 2**30, 3, 3, 3)])
    assert "filters: 1073741824" in import_onnx(str(path))


@pytest.mark.parametrize(
    ("nodes", "weights", "options", "message"),
    [
        (
            [helper.make_node("LSTM", ["x", "w", "w"], ["y"], name="/rnn/LSTM", hidden_size=4)],
            [weight("w", 1, 16, 3)],
            {"size": ("batch", 3, 32, 32)},
            "LSTM in rnn",
        ),
        ([conv()], [weight("w", 8, 3, 3)], {"size": (1, 3, 8, 8, 8, 8)}, "has 6 axes"),
        ([conv()], [weight("w", 8, 3, 3, 3)], {"size": (1, 3, "h", "w")}, "is left open"),
        ([conv()], [weight("w", 8, 3, 3, 3)], {"opset": 6}, "opset 6 is older than 7"),
    ],
    ids=["a recurrent layer", "a sequence", "an open size", "an old opset"],
)
def test_what_cannot_be_said(tmp_path, nodes, weights, options, message):
    found = refusal(file(tmp_path, nodes, weights, **options))
    assert message in found


@pytest.mark.parametrize("word", ["\rHard", "Hard\n", " Hard ", "Ha\u2028rd", "\ufeffHard"])
def test_partial_with_blanks_around_an_operator(tmp_path, word):
    path = file(tmp_path, [helper.make_node(word, ["x"], ["y"], name="/a/Node")])
    (item,) = yaml.safe_load(import_onnx(str(path), partial=True))["layers"]
    assert item["opaque"]["operator"] == " ".join(word.split())


@pytest.mark.parametrize(("kind", "takes"), [("Relu", "x"), ("Hard", "x .weight")])
def test_a_layer_without_a_name_gets_one(tmp_path, kind, takes):
    node = helper.make_node(kind, takes.split(), ["y"], name="/ /Node" if kind == "Relu" else "")
    path = file(tmp_path, [node], [weight(".weight", 3)] if "w" in takes else [])
    (item,) = yaml.safe_load(import_onnx(str(path), partial=True))["layers"]
    ((_, options),) = item.items()
    assert options["name"] in ("layer", ".relu")


def test_names_with_what_would_be_an_expression(tmp_path):
    nodes = [helper.make_node("Relu", ["x"], ["a"], name="/a$x/b$/Relu"),
             helper.make_node("Ha$d", ["a"], ["y"], name="/c/Node")]  # fmt: skip
    first, second = yaml.safe_load(import_onnx(str(file(tmp_path, nodes)), partial=True))["layers"]
    assert first["relu"]["name"] == "a_x.b_"
    assert (second["opaque"]["name"], second["opaque"]["operator"]) == ("c.ha_d", "Ha_d")


def test_partial_says_what_is_too_large_for_a_row(tmp_path):
    node = helper.make_node("Gather", ["x", "i"], ["y"], name="/a/Gather", axis=3)
    weight = TensorProto(name="i", data_type=TensorProto.INT64, dims=(16384, 32768))
    path = file(tmp_path, [node], [weight], size=(1, 8, 8, 16))
    with pytest.raises(ConvcalcError) as caught:
        import_onnx(str(path), partial=True)
    said = "Gather in a gives 1x8x8x16384x32768, which is too large"
    assert caught.value.message == f"{path}: {said}"


def test_partial_takes_what_no_layer_stands_for(tmp_path, run):
    nodes = [conv("a"), helper.make_node("Hardmax", ["a"], ["y"], name="/e/Hardmax")]
    path = file(tmp_path, nodes, [weight("w", 8, 3, 3, 3)])
    assert refusal(path) == (
        "net.onnx: an operator that no layer stands for: Hardmax in e\n"
        "hint: `convcalc import` with --partial writes opaque layers for them"
    )
    text = import_onnx(str(path), partial=True)
    assert "- opaque: {name: e, channels: 8, size: 32, operator: Hardmax}" in text
    (tmp_path / "net.yaml").write_text(text)
    result = run("analyze", str(tmp_path / "net.yaml"), "--format", "json")
    (finding,) = result.network["findings"]
    assert result.code == 0
    assert (finding["code"], finding["severity"], finding["layer"]) == ("opaque", "warning", "e")


def test_the_command_ends_with_2_and_writes_nothing(tmp_path, run):
    path = tmp_path / "net.onnx"
    path.write_bytes(b"no model")
    result = run("import", "onnx", str(path), "-o", str(tmp_path / "net.yaml"))
    assert (result.code, result.out) == (2, "")
    assert result.err == f"error: {path}: not an ONNX model, or not all of one\n"
    assert not (tmp_path / "net.yaml").exists()


def test_several_images_are_refused_by_name(tmp_path):
    nodes = [helper.make_node("Add", ["x", "other"], ["y"], name="/add/Add")]
    more = helper.make_tensor_value_info("other", FLOAT, [1, 3, 32, 32])
    path = file(tmp_path, nodes, [])
    model = onnx.load(path)
    model.graph.input.append(more)
    onnx.save(model, path)
    assert refusal(path) == f"{path.name}: takes 2 inputs, `x`, `other`, not one"


@pytest.mark.parametrize(
    ("inputs", "missing"),
    [(("nothere", "y"), "nothere"), (("b", "a"), "b")],
    ids=["a name that nothing has", "a circle"],
)
def test_what_nothing_gives(tmp_path, inputs, missing):
    nodes = [helper.make_node("Relu", [inputs[0]], [inputs[1]], name="/r/Relu")]
    if inputs[0] == "b":
        nodes.append(helper.make_node("Relu", ["a"], ["b"], name="/s/Relu"))
        nodes.append(helper.make_node("Relu", ["a"], ["y"], name="/t/Relu"))
    path = file(tmp_path, nodes, [])
    assert refusal(path) == (
        f"{path.name}: `/r/Relu` (Relu) takes `{missing}`, which nothing before it gives"
    )


def test_a_copy_of_a_vector_is_a_parameter_of_its_own(tmp_path):
    """Exporters write one vector for all that are equal, such as biases of zeros."""
    nodes = [
        helper.make_node("Identity", ["a.bias"], ["copy"]),
        helper.make_node("Conv", ["x", "a.weight", "a.bias"], ["h"], name="/a/Conv"),
        helper.make_node("Conv", ["h", "b.weight", "copy"], ["y"], name="/b/Conv"),
    ]
    weights = [weight("a.weight", 8, 3, 3, 3), weight("b.weight", 8, 8, 3, 3), weight("a.bias", 8)]
    text = import_onnx(str(file(tmp_path, nodes, weights)))
    assert text.endswith(
        "  - conv: {name: a, filters: 8, size: 3}\n  - conv: {name: b, filters: 8, size: 3}\n"
    )
