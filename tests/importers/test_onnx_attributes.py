"""What ONNX does not allow in a node is told by the names of the node and of the attribute."""

import onnx
import pytest
from onnx import TensorProto, helper
from onnx_models import FLOAT, file, weight

from convcalc.models.importers.onnx_attributes import LEAST, SWITCHES, WINDOWED, WORDS
from convcalc.models.importers.onnx_file import check_node, schema_of
from convcalc.models.importers.onnx_import import import_onnx
from convcalc.text.errors import ConvcalcError

NEWEST = onnx.defs.onnx_opset_version()
TYPES = onnx.AttributeProto.AttributeType
FILTERS = {"Conv": (8, 3, 3, 3), "ConvTranspose": (3, 8, 3, 3)}
MOST = 2**31 - 1


def whole(name, *values):
    return helper.make_tensor(name, TensorProto.INT64, [len(values)], values)


def real(name, value):
    return helper.make_tensor(name, FLOAT, [], [value])


def refusal(path, kind):
    """What refuses a file, behind the file and the node."""
    with pytest.raises(ConvcalcError) as caught:
        import_onnx(str(path))
    message, start = caught.value.message, f"{path}: `/c/Node` ({kind})"
    assert message.startswith(start), message
    return message.removeprefix(start)


def refused(folder, kind, given="x", weights=(), opset=17, outputs=("y",), **options):
    node = helper.make_node(kind, given.split(), list(outputs), name="/c/Node", **options)
    return refusal(file(folder, [node], weights, opset=opset, outputs=outputs), kind)


def with_attribute(folder, kind, name, value, opset=NEWEST):
    schema = schema_of(helper.make_node(kind, [], []), opset)
    known = {each: kind.type.value for each, kind in schema.attributes.items() if kind.required}
    options = {each: 1 if type_ == TYPES.INT else [3, 3] for each, type_ in known.items()}
    is_list = schema.attributes[name].type.value in (TYPES.INTS, TYPES.FLOATS)
    options[name] = [value] * (4 if name == "pads" else 2) if is_list else value
    inputs = ["x", "w", "b", "b", "b"][: max(1, min(schema.min_input, 5))]
    sizes = FILTERS.get(kind, (3,))
    weights = [weight("w", *sizes), weight("b", 3)]
    return refused(folder, kind, " ".join(inputs), weights, opset, **options)


def attributes_of(kinds):
    """Operators, attributes and the newest opset that has them."""
    for kind, names in sorted(kinds.items()):
        for name in sorted(names):
            for opset in (NEWEST, 11):
                schema = schema_of(helper.make_node(kind, [], []), opset)
                if schema is not None and name in schema.attributes:
                    yield pytest.param(kind, name, opset, id=f"{kind}-{name}")
                    break


@pytest.mark.parametrize(("kind", "name", "opset"), [*attributes_of(LEAST)])
def test_numbers_below_the_least_and_above_the_most(tmp_path, kind, name, opset):
    least = LEAST[kind][name]
    for value in (least - 1, -(2**31), -(2**63)):
        said = with_attribute(tmp_path, kind, name, value, opset)
        assert said == f": `{name}` must be at least {least}, not {value:,}"
    for value in (2**31, 2**32 + 1, 2**63 - 1):
        said = with_attribute(tmp_path, kind, name, value, opset)
        assert said == f": `{name}` must be at most {MOST:,}, not {value:,}"


@pytest.mark.parametrize(("kind", "name", "opset"), [*attributes_of(WORDS)])
def test_words_that_onnx_does_not_know(tmp_path, kind, name, opset):
    listed = ", ".join(WORDS[kind][name])
    for word in ("NOPE", "", listed[:2], "n" * 10**5):
        said = with_attribute(tmp_path, kind, name, word, opset)
        assert said.startswith(f": `{name}` must be one of {listed}, not `{word[:50]}")
        assert len(said) < 250


def operators_with(names):
    """Operators that have one of these attributes, by the newest opset."""
    for schema in onnx.defs.get_all_schemas():
        for name in names:
            if not schema.domain and name in schema.attributes and not schema.deprecated:
                yield schema.name, name


@pytest.mark.parametrize(("kind", "name"), sorted(operators_with(SWITCHES)))
def test_switches_are_0_or_1(tmp_path, kind, name):
    assert with_attribute(tmp_path, kind, name, 7) == f": `{name}` must be 0 or 1, not 7"


AXES = ("Concat", "Gather", "Split", "Softmax", "LogSoftmax", "Flatten", "LayerNormalization",
        "Hardmax", "ArgMax", "GatherElements", "Compress")  # fmt: skip


@pytest.mark.parametrize("kind", AXES)
def test_axes_are_those_of_the_input(tmp_path, kind):
    for value in (9, -9, 5):
        said = with_attribute(tmp_path, kind, "axis", value)
        assert said == f": `axis` is {value}, and its input has 4 axes"
    said = with_attribute(tmp_path, kind, "axis", 2**32 + 1)
    assert said == f": `axis` must be at most {MOST:,}, not 4,294,967,297"


def test_axes_in_a_list(tmp_path):
    said = refused(tmp_path, "ReduceMean", axes=[1, 9])
    assert said == ": `axes` is 9, and its input has 4 axes"


@pytest.mark.parametrize("value", [float("inf"), -float("inf"), 1e38])
@pytest.mark.parametrize(("kind", "name"), [("LeakyRelu", "alpha"), ("LRN", "beta"),
                                            ("BatchNormalization", "epsilon")])  # fmt: skip
def test_numbers_without_end(tmp_path, kind, name, value):
    options = {"size": 5} if kind == "LRN" else {}
    given = "x w w w w" if kind == "BatchNormalization" else "x"
    said = refused(tmp_path, kind, given, [weight("w", 3)], **options, **{name: value})
    assert said == f": `{name}` is {value:g}"


@pytest.mark.parametrize(
    ("kind", "given", "weights", "options", "words"),
    [
        ("Conv", "x w", [weight("w", 8, 5, 3, 3)], {},
         "its filters take 5 channels with a `group` of 1, and its input has 3"),
        ("Conv", "x w", [weight("w", 8, 3, 3, 3)], {"group": 3},
         "its filters take 9 channels with a `group` of 3, and its input has 3"),
        ("Conv", "x w", [weight("w", 8, 1, 3, 3)], {"group": 3}, "`group` of 3 does not divide 8"),
        ("Conv", "x w", [weight("w", 8, 3, 3, 3)], {"kernel_shape": [5, 1]},
         "`kernel_shape` is 5x1, and its filters are 3x3"),
        ("Conv", "x w b", [weight("w", 8, 3, 3, 3), weight("b", 5)], {},
         "its input `b` is of 5, and not of 8"),
        ("ConvTranspose", "x w", [weight("w", 5, 8, 3, 3)], {},
         "its filters take 5 channels with a `group` of 1, and its input has 3"),
        ("ConvTranspose", "x w b", [weight("w", 3, 8, 3, 3), weight("b", 8)], {"group": 3},
         "its input `b` is of 8, and not of 24"),
        ("InstanceNormalization", "x w w", [weight("w", 5)], {},
         "its input `w` is of 5, and not of 3"),
        ("GroupNormalization", "x w w", [weight("w", 3)], {"num_groups": 2},
         "`num_groups` of 2 does not divide the 3 channels of its input"),
        ("BatchNormalization", "x w w w w", [weight("w", 4)], {},
         "its input `w` is of 4, and not of 3"),
        ("BatchNormalization", "x w w v w", [weight("w", 3), weight("v", 3, 32, 32)], {},
         "its input `v` is of 3x32x32, and not of 3"),
        ("LayerNormalization", "x w", [weight("w", 5)], {},
         "its input `w` is of 5, which does not spread over 2x3x32x32"),
        ("PRelu", "x w", [weight("w", 5, 1, 1)], {},
         "its input `w` is of 5x1x1, which does not spread over 2x3x32x32"),
        ("DepthToSpace", "x", [], {"blocksize": 2},
         "`blocksize` of 2 does not divide 3 channels by 4"),
        ("SpaceToDepth", "x", [], {"blocksize": 5}, "`blocksize` of 5 does not divide 32x32"),
        ("Dropout", "x r", [real("r", 7)], {}, "`ratio` must be from 0 to 1, not 7"),
        ("Dropout", "x r", [real("r", float("nan"))], {}, "`ratio` must be from 0 to 1, not nan"),
        ("Clip", "x r", [real("r", float("nan"))], {}, "`min` is not a number"),
        ("Gather", "x i", [whole("i", 9)], {"axis": 1}, "there is no 9 among the 3 of its axis 1"),
        ("Reshape", "x s", [whole("s", 2, 7)], {}, "it makes 2x7 of 2x3x32x32"),
        ("Reshape", "x s", [whole("s", 2**62, 4)], {}, f"it makes {2**62}x4 of 2x3x32x32"),
        ("Resize", "x   s", [whole("s", 2, 3, 0, 9)], {}, "its input `s` has a side below 1"),
    ],
)  # fmt: skip
def test_what_does_not_go_together(tmp_path, kind, given, weights, options, words):
    given = given.split(" ")
    node = helper.make_node(kind, given, ["y"], name="/c/Node", **options)
    opset = 21 if kind == "GroupNormalization" else 17
    assert refusal(file(tmp_path, [node], weights, opset=opset), kind) == f": {words}"


def test_a_batch_norm_of_every_value(tmp_path):
    node = helper.make_node("BatchNormalization", ["x", *"wwww"], ["y"], "/c/Node", spatial=0)
    path = file(tmp_path, [node], [weight("w", 3, 32, 32)], opset=7)
    said = ": `spatial` of 0, which normalises every value by itself, is not modelled"
    assert refusal(path, "BatchNormalization") == said


def test_a_node_without_a_name_is_called_after_what_it_gives(tmp_path):
    nodes = [helper.make_node("Conv", [a, "w"], [b], strides=[s, 1])
             for a, b, s in (("x", "a", 1), ("a", "b", 0), ("b", "y", 1))]  # fmt: skip
    with pytest.raises(ConvcalcError) as caught:
        import_onnx(str(file(tmp_path, nodes, [weight("w", 3, 3, 1, 1)])))
    said = "the Conv of `b`: `strides` must be at least 1, not 0"
    assert caught.value.message.endswith(f": {said}")


@pytest.mark.parametrize(
    ("kind", "given", "weights", "options", "size"),
    [
        ("Split", "x s", [whole("s", 0, 3)], {"axis": 1}, "2x0x32x32"),
        ("Split", "x s", [whole("s", -1, 4)], {"axis": 1}, "2x-1x32x32"),
        ("Slice", "x a b c", [whole("a", 2), whole("b", 1), whole("c", 1)], {}, "2x0x32x32"),
        ("Conv", "x w", [weight("w", 0, 3, 3, 3)], {}, "2x0x30x30"),
        ("Conv", "x w", [weight("w", 8, 3, 99, 99)], {}, "2x8x-66x-66"),
        ("Pad", "x p", [whole("p", 0, 0, -40, 0, 0, 0, 0, 0)], {}, "2x3x-8x32"),
    ],
)
def test_results_without_values(tmp_path, kind, given, weights, options, size):
    outputs = ("y", "z") if kind == "Split" else ("y",)
    said = refused(tmp_path, kind, given, weights, outputs=outputs, **options)
    assert said == f" gives `y`, which has no values: {size}"


def test_results_that_no_memory_holds(tmp_path):
    pads = [0, 0, 2**32 + 1, 0, 0, 0, 0, 0]
    said = refused(tmp_path, "Pad", "x p", [whole("p", *pads)])
    assert said == " gives `y`, which is too large: 2x3x4294967329x32"


def test_what_real_files_have_is_taken(tmp_path):
    """An end of 2^63 - 1, a batch of 1 left in a Reshape, slopes without axes, Clip without end."""
    nodes = [
        helper.make_node("Slice", ["x"], ["a"], axes=[2], starts=[0], ends=[2**63 - 1]),
        helper.make_node("PRelu", ["a", "w"], ["b"]),
        helper.make_node("Clip", ["b"], ["c"], min=0.0, max=float("inf")),
        helper.make_node("Reshape", ["c", "s"], ["y"]),
    ]
    weights = [weight("w", 3), whole("s", 1, 3 * 32 * 32)]
    text = import_onnx(str(file(tmp_path, nodes, weights, opset=9)))
    assert "prelu: {name: prelu, num_parameters: 3}" in text
    assert "runs: clamp_min" in text


def test_a_transpose_that_does_not_say_how_turns_all_axes_around(tmp_path):
    nodes = [helper.make_node("Transpose", ["x"], ["t"]), helper.make_node("Relu", ["t"], ["y"])]
    text = import_onnx(str(file(tmp_path, nodes, size=(1, 3, 8, 8))))
    nodes = [helper.make_node("Transpose", ["x"], ["t"], perm=[3, 2, 1, 0]), nodes[1]]
    assert text == import_onnx(str(file(tmp_path, nodes, size=(1, 3, 8, 8))))


def test_an_input_that_is_the_output(tmp_path):
    path = file(tmp_path, [helper.make_node("Identity", ["x"], ["y"])], outputs=["x"])
    with pytest.raises(ConvcalcError, match="the model computes nothing of its input"):
        import_onnx(str(path))


@pytest.mark.parametrize("word", [b"/n/Relu", b"Relu", b"x1", b"y1", b"w1"])
def test_names_that_are_no_text(tmp_path, word):
    """Protobuf does not mind them."""
    nodes = [helper.make_node("Relu", ["x1"], ["t1"], name="/n/Relu"),
             helper.make_node("Add", ["t1", "w1"], ["y1"])]  # fmt: skip
    path = file(tmp_path, nodes, [weight("w1", 1)], outputs=["y1"])
    model = onnx.load(path)
    model.graph.input[0].name = "x1"
    data = model.SerializeToString()
    path.write_bytes(data.replace(word, b"\xa0" + word[1:]))
    with pytest.raises(ConvcalcError) as caught:
        import_onnx(str(path))
    assert caught.value.message == f"{path}: a name that is not UTF-8"


def test_an_operator_of_a_later_opset_is_held_to_what_it_is_there(tmp_path):
    node = helper.make_node("GroupNormalization", ["x", "w", "w"], ["y"], num_groups=[1, 2])
    with pytest.raises(ConvcalcError, match="`num_groups` is of the type ints, not int"):
        import_onnx(str(file(tmp_path, [node], [weight("w", 3)], opset=13)))


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"opset": 0}, "opset 0 is older than 7"),
        ({"opset": -1}, "opset -1 is older than 7"),
        ({"opset": None}, "does not say which opset of ONNX it is written for"),
        ({"opset": 10**6}, f"opset 1000000 is newer than {NEWEST}, the newest that onnx"),
        ({"format": 0}, "ir_version 0 is older than 3"),
        ({"format": -5}, "ir_version -5 is older than 3"),
        ({"format": 2**62}, f"ir_version {2**62} is newer than {onnx.IR_VERSION}, the newest"),
    ],
)
def test_versions_that_nobody_knows(tmp_path, changed, message):
    path = file(tmp_path, [helper.make_node("Relu", ["x"], ["y"])])
    model = onnx.load(path)
    if "format" in changed:
        model.ir_version = changed["format"]
    elif changed["opset"] is None:
        model.ClearField("opset_import")
    else:
        model.opset_import[0].version = changed["opset"]
    path.write_bytes(model.SerializeToString())
    with pytest.raises(ConvcalcError) as caught:
        import_onnx(str(path))
    assert caught.value.message.startswith(f"{path}: {message}")
    assert bool(caught.value.hint) == ("newer" in message)


def test_every_operator_with_windows_is_held_to_its_padding():
    assert all(WORDS[kind]["auto_pad"] for kind in WINDOWED)


def message_on(path):
    with pytest.raises(ConvcalcError) as caught:
        import_onnx(str(path))
    return caught.value.message


@pytest.mark.parametrize("outputs", [["y", "u"], ["y"]])
def test_a_split_gives_as_many_results_as_it_says(tmp_path, outputs):
    parts = 3 - len(outputs)
    node = helper.make_node("Split", ["x"], outputs, name="n", num_outputs=parts)
    said = message_on(file(tmp_path, [node], opset=20))
    assert said.endswith(f"`n` (Split): of {parts} parts it names {len(outputs)}")


def test_a_product_along_the_last_axis_of_a_volume_is_no_fully_connected_layer(tmp_path):
    nodes = [
        helper.make_node("ReduceMax", ["x"], ["t"], keepdims=1),
        helper.make_node("MatMul", ["t", "w"], ["y"], name="m"),
    ]
    text = import_onnx(str(file(tmp_path, nodes, [weight("w", 1, 4)], opset=20)))
    assert "runs: linear" in text and "fc" not in text


VALUES_OF_TYPES = {
    TYPES.INT: 1, TYPES.INTS: [1, 2], TYPES.FLOAT: 0.5, TYPES.FLOATS: [0.5, 1.5],
    TYPES.STRING: "nearest", TYPES.STRINGS: ["a", "b"], TYPES.TENSOR: real("t", 1.0),
}  # fmt: skip


def attributes_of_other_opsets(opset):
    """Operators, attributes that this opset does not have, and their types in others."""
    found = {}
    for schema in onnx.defs.get_all_schemas_with_history():
        now = schema_of(helper.make_node(schema.name, [], []), opset)
        if schema.domain == "" and now is not None:
            for name in schema.attributes.keys() - now.attributes.keys():
                types = found.setdefault((schema.name, name), set())
                types.add(schema.attributes[name].type.value)
    return found


@pytest.mark.parametrize("opset", [9, 17, NEWEST])
def test_attributes_of_other_opsets_have_the_types_that_they_have_there(opset):
    others = attributes_of_other_opsets(opset)
    assert len(others) > 40
    for (kind, name), types in others.items():
        schema = schema_of(helper.make_node(kind, [], []), opset)
        inputs = [f"x{k}" for k in range(schema.min_input)]
        outputs = [f"y{k}" for k in range(max(1, schema.min_output))]
        for type_, value in VALUES_OF_TYPES.items():
            node = helper.make_node(kind, inputs, outputs, **{name: value})
            if type_ in types:
                continue
            with pytest.raises(ConvcalcError) as caught:
                check_node(node, opset, kind)
            assert f"{kind}: `{name}` is of the type " in caught.value.message


@pytest.mark.parametrize("kind", ["CastLike", "LayerNormalization", "GroupNormalization", "Gelu"])
def test_operators_of_later_opsets_have_the_inputs_that_they_have_there(kind):
    least = schema_of(helper.make_node(kind, [], []), NEWEST).min_input
    assert schema_of(helper.make_node(kind, [], []), 9) is None
    with pytest.raises(ConvcalcError) as caught:
        check_node(helper.make_node(kind, ["x"] * (least - 1), ["y"]), 9, kind)
    assert caught.value.message.startswith(f"{kind} has {least - 1} inputs, not ")


def test_an_attribute_that_no_opset_has_says_nothing(tmp_path):
    node = helper.make_node("Relu", ["x"], ["y"], name="/c/Node", axes="all", beta=[1])
    assert "axes" not in import_onnx(str(file(tmp_path, [node])))


@pytest.mark.parametrize(
    ("kind", "given", "attribute", "value", "types"),
    [
        ("Resize", "x s s", "axes", "nearest", "string, not ints"),
        ("Clip", "x", "max", real("t", 1.0), "tensor, not float"),
        ("Split", "x", "num_outputs", [1, 2], "ints, not int"),
    ],
)
def test_what_fuzzing_found(tmp_path, kind, given, attribute, value, types):
    said = refused(tmp_path, kind, given, [weight("s", 4)], 11 if kind != "Clip" else 17,
                   **{attribute: value})  # fmt: skip
    assert said == f": `{attribute}` is of the type {types}"
