"""ONNX files that are wrong, or mean harm: one clear line each, at once, whatever is wrong."""

import base64
import os
import resource
import signal
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path

import numpy
import onnx
import pytest
from onnx import AttributeProto, GraphProto, TensorProto, helper, numpy_helper
from onnx_models import FLOAT, file, weight
from support import ROOT, ends_within

from convcalc.models.importers.onnx_file import OLDEST, schema_of
from convcalc.models.importers.onnx_import import import_onnx
from convcalc.models.importers.onnx_operators import is_translated
from convcalc.text.errors import ConvcalcError

OPSET = 17
TYPES = AttributeProto.AttributeType
WRONG = {  # a value of each type of attribute, with a word for the test's name
    TYPES.FLOAT: 0.5,
    TYPES.INT: 3,
    TYPES.STRING: b"word",
    TYPES.TENSOR: numpy_helper.from_array(numpy.float32([1, 2])),
    TYPES.GRAPH: GraphProto(name="g"),
    TYPES.FLOATS: [0.5, -1.0],
    TYPES.INTS: [3, -(2**62)],
    TYPES.STRINGS: [b"\xff", b"word"],
}
VALUES = {  # of the right type, and of no meaning
    TYPES.FLOAT: [float("nan"), float("inf"), -1.0],
    TYPES.INT: [-1, 9, 2**62, -(2**63)],
    TYPES.STRING: [b"", b"\xff\xfe", b"word"],
    TYPES.INTS: [[], [0] * 9, [-1, 2**62], [2**62] * 4],
    TYPES.FLOATS: [[], [float("nan")]],
}


def translated_schemas():
    """Every version of every operator that is read, by a name for the test."""
    found = {}
    for name in {schema.name for schema in onnx.defs.get_all_schemas() if not schema.domain}:
        for opset in range(OLDEST, onnx.defs.onnx_opset_version() + 1):
            node = helper.make_node(name, [], [])
            each = schema_of(node, opset) if is_translated(node) else None
            if each is not None:
                found[f"{name}-{each.since_version}"] = each
    return found


SCHEMAS = translated_schemas()


def opset_of(schema):
    return max(OLDEST, schema.since_version)


def read(path):
    """What refuses a file, or nothing; anything but a clear refusal fails the test."""
    try:
        import_onnx(str(path))
    except ConvcalcError as error:
        assert "\n" not in error.message
        return str(error)
    return ""


def attributed(schema, name, kind, value):
    """A node of an operator with one attribute, and inputs as they mostly are."""
    count = max(1, min(schema.min_input, 5))
    node = helper.make_node(schema.name, ["x", "w", "b", "c", "d"][:count], ["y"], name="n")
    node.attribute.append(AttributeProto(name=name, type=kind))
    field = {"FLOAT": "f", "INT": "i", "STRING": "s", "TENSOR": "t", "GRAPH": "g"}.get(
        TYPES.Name(kind), TYPES.Name(kind).lower()
    )
    held = getattr(node.attribute[0], field)
    if hasattr(held, "CopyFrom"):
        held.CopyFrom(value)
    elif hasattr(held, "extend"):
        held.extend(value)
    else:
        setattr(node.attribute[0], field, value)
    for required, known in schema.attributes.items():
        if known.required and required != name:
            node.attribute.append(helper.make_attribute(required, [3, 3]))
    return node


HISTORY = onnx.defs.get_all_schemas_with_history()
WEIGHTS = [weight("w", 8, 3, 3, 3), weight("b", 8), weight("c", 8), weight("d", 8)]


@pytest.mark.parametrize("operator", sorted(SCHEMAS))
def test_every_attribute_of_every_operator_with_a_wrong_type(tmp_path, operator):
    schema = SCHEMAS[operator]
    for name, known in schema.attributes.items():
        for kind, value in WRONG.items():
            if kind == known.type.value or known.type.value not in WRONG:
                continue
            nodes = [attributed(schema, name, kind, value)]
            found = read(file(tmp_path, nodes, WEIGHTS, opset=opset_of(schema)))
            words = f"net.onnx: `n` ({schema.name})"
            assert words in found or "is not UTF-8" in found, (name, kind, found)


@pytest.mark.parametrize("operator", sorted(SCHEMAS))
def test_every_attribute_of_every_operator_with_a_senseless_value(tmp_path, operator):
    schema = SCHEMAS[operator]
    for name, known in schema.attributes.items():
        for value in VALUES.get(known.type.value, ()):
            nodes = [attributed(schema, name, known.type.value, value)]
            read(file(tmp_path, nodes, WEIGHTS, opset=opset_of(schema)))


@pytest.mark.parametrize("operator", sorted(SCHEMAS))
def test_every_operator_without_inputs_and_without_outputs(tmp_path, operator):
    schema = SCHEMAS[operator]
    opset = opset_of(schema)
    for inputs in ([], [""], ["x"] * 40, ["w"], ["w", "w"], ["x", ""]):
        read(
            file(
                tmp_path,
                [helper.make_node(SCHEMAS[operator].name, inputs, ["y"])],
                WEIGHTS,
                opset=opset,
            )
        )
    for outputs in ([], [""], ["y"] * 2, ["a", "b", "c", "d", "e", "f"]):
        inputs = ["x", "w", "b", "c", "d"][: max(1, schema.min_input)]
        read(file(tmp_path, [helper.make_node(schema.name, inputs, outputs)], WEIGHTS, opset=opset))


def relu(given="x", made="y"):
    return helper.make_node("Relu", [given], [made], name="r")


def held(dims, data_type=FLOAT, **values):
    return TensorProto(name="w", dims=dims, data_type=data_type, **values)


@pytest.mark.parametrize(
    ("tensor", "words"),
    [
        (held([2], raw_data=b"1234567"), "the weight `w` is of 2 values, and its data are not"),
        (held([2], float_data=[1.0]), "the weight `w` is of 2 values, and its data are not"),
        (held([2], data_type=99), "has the data type 99, which ONNX does not know"),
        (held([2], data_type=0), "has the data type 0, which ONNX does not know"),
        (held([-2]), "the weight `w` has a side of -2"),
        (held([2**40]), "the weight `w` has a side of 1099511627776"),
    ],
)
def test_weights_that_are_not_what_they_say(tmp_path, tensor, words):
    assert words in read(file(tmp_path, [relu()], [tensor]))


GROWING = {
    "a large fill": [
        helper.make_node("Constant", [], ["s"], value_ints=[16384, 32768]),
        helper.make_node("ConstantOfShape", ["s"], ["f"]),
        helper.make_node("Add", ["x", "f"], ["y"]),
    ],
    "doublings": [
        helper.make_node("Shape", ["x"], ["s0"]),
        *(helper.make_node("Concat", [f"s{k}"] * 2, [f"s{k + 1}"], axis=0) for k in range(33)),
        helper.make_node("Reshape", ["x", "s33"], ["y"]),
    ],
    "doubled tiles": [
        helper.make_node("Constant", [], ["t0"], value_ints=[2**31]),
        helper.make_node("Tile", ["t0", "t0"], ["s"]),
        helper.make_node("Reshape", ["x", "s"], ["y"]),
    ],
    "a long range": [
        helper.make_node("Constant", [], ["a"], value_int=0),
        helper.make_node("Constant", [], ["b"], value_int=2**62),
        helper.make_node("Constant", [], ["c"], value_int=1),
        helper.make_node("Range", ["a", "b", "c"], ["s"]),
        helper.make_node("Reshape", ["x", "s"], ["y"]),
    ],
    "an outer sum": [
        helper.make_node("Constant", [], ["a"], value_ints=[1] * 1024),
        helper.make_node("Constant", [], ["i"], value_ints=[1024, 1]),
        helper.make_node("Reshape", ["a", "i"], ["b"]),
        helper.make_node("Add", ["a", "b"], ["s"]),
        helper.make_node("Reshape", ["x", "s"], ["y"]),
    ],
}


def looping(count):
    body = helper.make_graph(
        [helper.make_node("Identity", [n], [m]) for n, m in (("c", "d"), ("v", "u"))],
        "body",
        [helper.make_tensor_value_info("i", TensorProto.INT64, []),
         helper.make_tensor_value_info("c", TensorProto.BOOL, []),
         helper.make_tensor_value_info("v", TensorProto.INT64, [1])],
        [helper.make_tensor_value_info("d", TensorProto.BOOL, []),
         helper.make_tensor_value_info("u", TensorProto.INT64, [1])],
    )  # fmt: skip
    return [
        helper.make_node("Constant", [], ["n"], value_int=count),
        helper.make_node("Constant", [], ["v"], value_ints=[1]),
        helper.make_node("Loop", ["n", "", "v"], ["s"], body=body),
        helper.make_node("Reshape", ["x", "s"], ["y"]),
    ]


def bounded(call):
    """What a call gives, held to two seconds and 300 MiB more than before."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with ends_within(2):
        found = call()
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 300 * 1024
    return found


@pytest.mark.parametrize("nodes", [*GROWING.values(), looping(2**62)], ids=[*GROWING, "a loop"])
def test_what_would_grow_without_bound(tmp_path, nodes):
    bounded(
        lambda: read(file(tmp_path, nodes, [held([4], TensorProto.INT64, int64_data=[2**40] * 4)]))
    )


def unsqueezed(count):
    axis = helper.make_node("Constant", [], ["axis"], value_ints=[0])
    names = ["x", *(f"v{k}" for k in range(count))]
    chain = [helper.make_node("Unsqueeze", [a, "axis"], [b]) for a, b in pairwise(names)]
    return [axis, *chain, relu(names[-1])]


def added(count):
    filled = helper.make_node("Constant", [], ["v0"], value_ints=[1] * 1024)
    sums = [helper.make_node("Add", [f"v{k}", "v0"], [f"v{k + 1}"]) for k in range(count)]
    return [filled, *sums, helper.make_node("Reshape", ["x", f"v{count}"], ["y"])]


TOO_MUCH = {
    "values": (added(3000), "more than 1,048,576 values to work out from constants"),
    "a sum of many": (
        [helper.make_node("Sum", ["x"] * 20_002, ["y"])], "more than 20,000 operators",
    ),
    "inputs": (
        [helper.make_node("Concat", ["x"] * 100_001, ["y"], axis=1)],
        "more than 100,000 inputs of operators",
    ),
    "axes": (unsqueezed(3000), "the Unsqueeze of `v60` gives `v60` 65 axes; at most 64 are read"),
}  # fmt: skip


@pytest.mark.parametrize(("nodes", "words"), TOO_MUCH.values(), ids=TOO_MUCH)
def test_what_is_too_much_is_refused_at_once(tmp_path, nodes, words):
    path = file(tmp_path, nodes)
    assert bounded(lambda: read(path)) == f"{path}: {words}"


def test_a_weight_of_many_axes_is_refused_at_once(tmp_path):
    """The product of its sides alone took more than 30 seconds."""
    path = file(tmp_path, [relu()], [weight("w", *[2**31 - 1] * 100_000)])
    said = f"{path}: the weight `w` has 100,000 axes; at most 64 are read"
    assert bounded(lambda: read(path)) == said


def test_an_operator_with_many_inputs_is_read_once(tmp_path):
    """2,000 times the same value took time by the square of that."""
    path = file(tmp_path, [helper.make_node("Sum", ["x"] * 2000, ["y"])])
    assert bounded(lambda: import_onnx(str(path))).count("- add") == 1999


MANY = [
    (30, False, "more than 20,000 operators, those of its functions counted"),
    (3, True, "the function `f0` calls itself"),
    (120, False, "its functions call each other more than 50 deep"),
]


@pytest.mark.parametrize(("depth", "itself", "words"), MANY)
def test_local_functions_that_multiply(tmp_path, depth, itself, words):
    path = file(tmp_path, [helper.make_node("f0", ["x"], ["y"], domain="own")])
    model = onnx.load(path)
    opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid("own", 1)]
    model.opset_import.append(opsets[1])
    for k in range(depth):
        inner = "f0" if itself and k == depth - 1 else f"f{k + 1}"
        last = k == depth - 1 and not itself
        nodes = [
            helper.make_node("Relu" if last else inner, [a], [b], domain="" if last else "own")
            for a, b in (("a", "b"), ("b", "c"))
        ]
        model.functions.append(helper.make_function("own", f"f{k}", ["a"], ["c"], nodes, opsets))
    path.write_bytes(model.SerializeToString())
    assert bounded(lambda: read(path)) == f"{path}: {words}"


def test_local_functions_are_read_where_they_are_called(tmp_path):
    path = file(tmp_path, [helper.make_node("twice", ["x"], ["y"], domain="own")])
    model = onnx.load(path)
    opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid("own", 1)]
    model.opset_import.append(opsets[1])
    nodes = [relu("a", "b"), helper.make_node("Sigmoid", ["b"], ["c"], name="s")]
    model.functions.append(helper.make_function("own", "twice", ["a"], ["c"], nodes, opsets))
    path.write_bytes(model.SerializeToString())
    text = import_onnx(str(path))
    assert "- relu" in text
    assert "- sigmoid" in text


def branches(condition):
    def branch(operator, prefix):
        made = helper.make_tensor_value_info(f"{prefix}y", FLOAT, None)
        node = helper.make_node(operator, ["x"], [f"{prefix}y"], name=f"/{prefix}/{operator}")
        return helper.make_graph([node], prefix, [], [made])

    known = [
        helper.make_node("Constant", [], ["c"], value_int=condition),
        helper.make_node("Cast", ["c"], ["k"], to=TensorProto.BOOL),
    ]
    unknown = [
        helper.make_node("ReduceMax", ["x"], ["m"]),
        helper.make_node("Cast", ["m"], ["k"], to=TensorProto.BOOL),
    ]
    taken = {"then_branch": branch("Relu", "a"), "else_branch": branch("Sigmoid", "b")}
    return [*(known if condition >= 0 else unknown), helper.make_node("If", ["k"], ["y"], **taken)]


@pytest.mark.parametrize(("condition", "words"), [(1, "- relu"), (0, "- sigmoid")])
def test_a_branch_that_is_known_is_taken(tmp_path, condition, words):
    assert words in import_onnx(str(file(tmp_path, branches(condition))))


def test_a_branch_that_is_not_known(tmp_path):
    assert "If in if" in read(file(tmp_path, branches(-1)))


def test_data_in_other_files_are_never_opened(tmp_path, monkeypatch):
    """Not of weights, not of constants, sparse or not, and not in branches."""
    outside = weight("o", 2, location="../../secret")
    constant = helper.make_node("Constant", [], ["o"], value=outside)
    inside = helper.make_graph([constant, helper.make_node("Relu", ["x"], ["i"])], "g", [],
                               [helper.make_tensor_value_info("i", FLOAT, None)],
                               [weight("p", 1, location="../../secret")])  # fmt: skip
    sparse = helper.make_sparse_tensor(
        outside, held([2], TensorProto.INT64, int64_data=[0, 1]), [4]
    )
    sparse.values.name = "q"
    yes = helper.make_tensor("", TensorProto.BOOL, [], [True])
    nodes = [
        helper.make_node("Constant", [], ["z"], sparse_value=sparse),
        helper.make_node("Constant", [], ["yes"], value=yes),
        helper.make_node("If", ["yes"], ["y"], then_branch=inside, else_branch=inside),
    ]
    path = file(tmp_path, nodes, [weight("w", 1, location="../../secret")])
    model = onnx.load(path, load_external_data=False)
    model.graph.sparse_initializer.append(sparse)
    path.write_bytes(model.SerializeToString())
    opened = []

    def note(event, arguments):
        if event in ("open", "os.stat", "os.listdir"):
            opened.append(str(arguments[0]))

    sys.addaudithook(note)
    assert "- relu" in import_onnx(str(path))
    assert not [name for name in opened if name.endswith("secret")]


def test_a_file_that_is_cut_or_changed_anywhere(tmp_path):
    """Each byte of a model, set to 0, 255 or another, and the model up to each byte."""
    path = file(tmp_path, [helper.make_node("Conv", ["x", "w"], ["a"], pads=[1] * 4), relu("a")],
                [weight("w", 8, 3, 3, 3)])  # fmt: skip
    data = path.read_bytes()
    for place in range(0, len(data), 3):
        for changed in (0, 255, data[place] ^ 1, data[place] ^ 32):
            path.write_bytes(data[:place] + bytes([changed]) + data[place + 1 :])
            read(path)
        path.write_bytes(data[:place])
        read(path)


def test_a_deep_name(tmp_path):
    path = file(tmp_path, [helper.make_node("Relu", ["x"], ["y"], name="/a" * 3000 + "/Relu")])
    assert len(import_onnx(str(path))) < 1000


def test_what_crashes_onnx_itself_is_one_refusal(tmp_path, run, monkeypatch):
    from convcalc.models.importers import onnx_import

    path = file(tmp_path, [relu()])
    monkeypatch.setattr(onnx_import, "import_onnx", lambda *_: os.kill(os.getpid(), signal.SIGKILL))
    for command in ("check", "analyze", "import onnx"):
        done = run(*command.split(), str(path))
        assert done.code == 2
        assert f"{path}: not a valid ONNX model: onnx itself crashes on it" in done.out + done.err


def wait_and_compute(*_):
    while True:
        pass


def test_what_takes_too_long_is_one_refusal(tmp_path, run, monkeypatch):
    from convcalc.models.importers import guard, onnx_import

    path = file(tmp_path, [relu()])
    monkeypatch.setattr(onnx_import, "import_onnx", wait_and_compute)
    monkeypatch.setattr(guard, "MOST_SECONDS", 1)
    done = run("import", "onnx", str(path))
    assert (done.code, done.out) == (2, "")
    assert done.err == f"error: {path}: reading it takes more than 1 seconds\n"


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_process_of_its_own_ends_with_the_one_that_waits_for_it(tmp_path, how):
    path = file(tmp_path, [relu()])
    code = (
        "import os, sys, time\n"
        "from convcalc.models.importers.guard import read_guarded\n"
        "def read(path):\n"
        "    print(os.getpid(), flush=True)\n"
        "    time.sleep(60)\n"
        f"read_guarded(read, {str(path)!r})\n"
    )
    started = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=ROOT
    )
    child = int(started.stdout.readline())
    started.send_signal(how)
    started.communicate()
    for _ in range(100):
        if has_ended(child):
            return
        time.sleep(0.05)
    raise AssertionError(child)


def has_ended(process):
    """Whether a process has, even where nobody waits for it."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def test_a_process_of_its_own_says_the_same(tmp_path, run):
    nodes = [relu(), helper.make_node("Hardmax", ["y"], ["z"], name="/e/Hardmax")]
    path = str(file(tmp_path, nodes, outputs=["z"]))
    said = (
        f"{path}: an operator that no layer stands for: Hardmax in e\n"
        "hint: `convcalc import` with --partial writes opaque layers for them"
    )
    assert run("import", "onnx", path).err == f"error: {said}\n"
    assert "- relu" in run("import", "onnx", path, "--partial").out


def test_check_names_operators_and_where_they_are_in_one_line(tmp_path, run):
    long = "f" * 10**5
    nodes = [relu("x", "a")]
    nodes += [helper.make_node("Hardmax", ["a"], [f"y{k}"], name=f"/e{k}/M") for k in range(3)]
    nodes += [helper.make_node(f"Own{k}", ["y0"], [f"z{k}"], domain="own", name=f"/{long}/M")
              for k in range(20)]  # fmt: skip
    path = str(file(tmp_path, nodes, outputs=["y1", "y2", *(f"z{k}" for k in range(20))]))
    wanted = "for: Hardmax in e0.hardmax and 2 more places, Own0 in fff"
    for style in ("text", "github", "json"):
        done = run("check", path, "--format", style)
        assert done.code == 2
        (line,) = [line for line in done.out.split("\n") if "Hardmax" in line]
        assert wanted in line
        assert "and 11 more" in line
        assert len(line) < 1700
    assert wanted in run("analyze", path).err


def test_every_operator_behind_one_that_nobody_knows(tmp_path):
    """onnx's own rule of EyeLike crashes where the type of its input is not known."""
    for schema in onnx.defs.get_all_schemas():
        if not schema.domain:
            unknown = helper.make_node("Nobody", ["x"], ["t"], domain="nowhere")
            inputs = ["t"] * max(1, min(schema.min_input, 4))
            nodes = [unknown, helper.make_node(schema.name, inputs, ["y"])]
            read(file(tmp_path, nodes, opset=onnx.defs.onnx_opset_version()))


def test_memory_without_bound_is_not_taken(tmp_path, run):
    """onnx's own rule of Split makes a place for each of so many outputs: 16 GiB."""
    size = helper.make_tensor("w", onnx.TensorProto.FLOAT, [3], [0, 0, 0])
    split = helper.make_node("Split", ["w"], ["t"], num_outputs=2**31 - 1, name="/a/Split")
    inputs = [helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, [1, 3, 8, 8])]
    outputs = [helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, None)]
    graph = helper.make_graph([relu(), split], "g", inputs, outputs, [size])
    opsets = [helper.make_opsetid("", onnx.defs.onnx_opset_version())]
    onnx.save(helper.make_model(graph, opset_imports=opsets), tmp_path / "net.onnx")
    done = run("check", str(tmp_path / "net.onnx"))
    assert done.code == 2
    assert "(Split): of 2,147,483,647 parts it names 1" in done.out
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss < 2**20  # KiB


def test_a_hard_limit_of_memory_is_not_raised(tmp_path):
    """`ulimit -v`: the bound of the reader is within it."""
    values = [helper.make_tensor_value_info(name, 1, [1, 3, 8, 8]) for name in "xy"]
    graph = helper.make_graph(
        [helper.make_node("Relu", ["x"], ["y"])], "g", *map(list, zip(values))
    )
    path = str(tmp_path / "net.onnx")
    onnx.save(helper.make_model(graph, ir_version=8), path)
    command = f"ulimit -v 4000000; exec {sys.executable} -m convcalc check {path}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout


FOUND = [  # by the fuzz target, in base64
    pytest.param(
        "CA46/gIKdAoBeBICdDAaBy9iLmMvSUUiAklmKi4KC2Vsc2VfYnJhbmNoMhwKDAoBeBIBciIEUmVsdRIB"
        "Z2IJCgFyEgQKAggBoAEFKi4KC3RoZW5fYnJhbmNoMhwKDAoBeBIBciIEUmVsdRIBZ2IJCgFyEgQKAggB"
        "oAEFCiQKAXgKAncxEgJ0MRoML2EvVW5zcXVlZXplIglVbnNxdWVlemUKIAoCdDEKAncwEgJ0MhoJLy9S"
        "ZXNoYXBlIgdSZXNoYXBlCicKAnQyEgJ0MxoIL2EvYi9ERlQiA0RGVCoOCgdpbnZlcnNlGAKgAQIKIQoC"
        "dDMKAnQzEgJ0NBoLL2EvYi9FeHBhbmQiBkV4cGFuZBIKbWFpbl9ncmFwaCoMCAIQBzoCBwJCAncwKi4I"
        "AQgDCAEIARABQgJ3MWocCghsb2NhdGlvbhIQLi4vLi4vZXRjL3Bhc3N3ZHABWhwKAXgSFwoVCAESEQoD"
        "EgFuCgIIAwoCCAgKAggQYgoKAnQ0EgQKAggBQgQKABAR",
        id="a view of no axes",
    ),
    pytest.param(
        "CA46ggEKNgoBeBICdDAaDC9hL2IvRHJvcG91dCIHRHJvcG91dCoWCgVyYXRpbyoKEAFCAEoEAAAAAKAB"
        "BBID6aGeKhoIBBABIhAAAIA/AAAAQAAAAEAAAIA/QgJ3MFobCgF4EhYKFAgBEhAKAggACgIIAwoCCAgK"
        "AggBYgoKAnQwEgQKAggBQgQKABAR",
        id="a ratio that is a tensor",
    ),
    pytest.param(
        "CA46XwogCgF4CgJ3MAoCdzASAnQwGgkvYi5jL0NsaXAiBENsaXASA+mhnioRCAMQBzoHBwCAgICACEIC"
        "dzBaFwoBeBISChAIARIMCgIIAQoCCAMKAggIYgoKAnQwEgQKAggBQgQKABAU",
        id="several bounds",
    ),
]


@pytest.mark.parametrize("text", FOUND)
def test_what_fuzzing_has_found(tmp_path, text):
    path = tmp_path / "net.onnx"
    path.write_bytes(base64.b64decode(text))
    assert read(path)


@pytest.mark.parametrize("operator", sorted(SCHEMAS))
def test_attributes_that_other_versions_have_with_any_type(tmp_path, operator):
    schema = SCHEMAS[operator]
    known = {name for each in HISTORY if each.name == schema.name for name in each.attributes}
    for name in sorted(known - schema.attributes.keys()):
        for kind, value in WRONG.items():
            nodes = [attributed(schema, name, kind, value)]
            read(file(tmp_path, nodes, WEIGHTS, opset=opset_of(schema)))


def test_a_ratio_that_is_a_text(tmp_path):
    node = helper.make_node("Dropout", ["x"], ["y"], name="n", ratio="half")
    read(file(tmp_path, [node], opset=20))
