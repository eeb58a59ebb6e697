"""Nodes of one and three axes: the sizes that onnx infers, and the weights of the file."""

from math import prod

import numpy
import pytest
from onnx import TensorProto, helper, numpy_helper, shape_inference
from onnx_models import FLOAT, weight

from convcalc.models.importers.onnx_import import import_onnx
from convcalc.models.writing.spec import parse_written
from convcalc.text.errors import ConvcalcError
from convcalc.walk.propagation import propagate

SIZES = {1: (1, 8, 29), 3: (1, 8, 9, 12, 15)}


def copy(tensor):
    made = TensorProto()
    made.CopyFrom(tensor)
    return made


def array(name, *values):
    kind = numpy.float32 if isinstance((*values, 0.0)[0], float) else numpy.int64
    return numpy_helper.from_array(numpy.array(values, dtype=kind), name)


def nodes_of(axes):
    """Each a node on `x`, its options, and its other operands."""

    def along(*values):
        return list(values)[:axes]

    def both(front, end):
        return [*along(*front), *along(*end)]

    window = along(3, 2, 4)
    ends = both((1, 0, 1), (1, 0, 1))
    uneven = both((2, 0, 1), (0, 1, 2))
    found = [
        ("Conv", {"kernel_shape": window, "strides": along(2, 1, 3), "pads": ends},
         [weight("w", 16, 8, *window), weight("b", 16)]),
        ("Conv", {"group": 4, "dilations": along(2, 1, 2), "pads": uneven},
         [weight("w", 16, 2, *window)]),
        ("Conv", {"auto_pad": "SAME_UPPER", "strides": along(2, 2, 2)},
         [weight("w", 16, 8, *along(4, 3, 2))]),
        ("ConvTranspose", {"strides": along(2, 1, 3), "pads": ends,
                           "output_padding": along(1, 0, 2)},
         [weight("w", 8, 6, *window), weight("b", 6)]),
        ("ConvTranspose", {"group": 2, "strides": along(2, 2, 2)},
         [weight("w", 8, 3, *along(2, 2, 2))]),
        ("MaxPool", {"kernel_shape": along(2, 2, 2), "dilations": along(2, 1, 3)}, []),
        ("BatchNormalization", {}, [weight(name, 8) for name in "abcd"]),
        ("InstanceNormalization", {}, [weight(name, 8) for name in "ab"]),
        ("GlobalAveragePool", {}, []),
        ("GlobalMaxPool", {}, []),
        ("LRN", {"size": 5}, []),
        ("LpPool", {"kernel_shape": along(2, 2, 2), "strides": along(2, 2, 2)}, []),
        ("PRelu", {}, [weight("a", 8, *along(1, 1, 1))]),
        ("Slice", {}, [array("a", *along(1, 2, 0)), array("b", *along(8, 10, 14)),
                       array("c", *range(2, 2 + axes))]),
        ("ReduceMean", {}, [array("a", *range(2, 2 + axes))]),
    ]  # fmt: skip
    for kind in ("MaxPool", "AveragePool"):
        for pads in (ends, both((0, 0, 1), (1, 1, 0))):
            for ceil in (0, 1) if pads is ends else (0,):
                options = {"kernel_shape": along(3, 2, 2), "strides": along(2, 2, 1)}
                found.append((kind, {**options, "pads": pads, "ceil_mode": ceil}, []))
    for mode in ("nearest", "linear"):
        none = array("none")
        scales, sizes = array("s", 1.0, 1.0, *along(2.0, 3.0, 2.0)), along(20, 14, 31)
        found.append(("Resize", {"mode": mode}, [none, scales]))
        found.append(("Resize", {"mode": mode}, [none, none, array("s", 1, 8, *sizes)]))
    for mode in ("constant", "reflect", "edge"):
        pads = [0, 0, *along(1, 2, 0), 0, 0, *along(2, 0, 3)]
        found.append(("Pad", {"mode": mode}, [array("p", *pads)]))
    return found


@pytest.mark.parametrize("axes", SIZES)
def test_every_node_has_the_size_that_onnx_infers(axes, tmp_path):
    made, weights = [], {}
    for number, (kind, options, more) in enumerate(nodes_of(axes)):
        names = [f"{kind}{number}.{tensor.name}" for tensor in more]
        for name, tensor in zip(names, more, strict=True):
            weights[name] = copy(tensor)
            weights[name].name = name
        made.append(helper.make_node(kind, ["x", *names], [f"y{number}"], **options))
    graph = helper.make_graph(
        made,
        "nodes",
        [helper.make_tensor_value_info("x", FLOAT, SIZES[axes])],
        [helper.make_tensor_value_info(node.output[0], FLOAT, None) for node in made],
        list(weights.values()),
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)])
    inferred = shape_inference.infer_shapes(model, data_prop=True).graph.output
    path = tmp_path / "nodes.onnx"
    path.write_bytes(model.SerializeToString())
    walk = propagate(parse_written(import_onnx(str(path))))
    ours = [walk.nodes[k].facts.output.in_torch for k in walk.outputs]
    theirs = [tuple(d.dim_value for d in out.type.tensor_type.shape.dim)[1:] for out in inferred]
    assert dict(zip(range(len(made)), ours, strict=True)) == dict(enumerate(theirs))
    counted = sum(p.elements for node in walk.nodes for p in node.facts.parameters)
    floats = [t for t in weights.values() if not t.raw_data]  # those without values
    statistics = 2 * 8  # of the batch norm: buffers
    assert counted == sum(prod(tensor.dims) for tensor in floats) - statistics


@pytest.mark.parametrize("axes", [1, 3])
def test_an_unknown_operator_is_opaque_along_any_axes(tmp_path, axes):
    """Of a size that nobody can tell, and with a weight that it takes twice."""
    nodes = [helper.make_node("Own", ["x", "w", "w"], ["a"], domain="own", name="/a/Own"),
             helper.make_node("Relu", ["x"], ["y"], name="/b/Relu")]  # fmt: skip
    graph = helper.make_graph(
        nodes, "g", [helper.make_tensor_value_info("x", FLOAT, SIZES[axes])],
        [helper.make_tensor_value_info(name, FLOAT, None) for name in "ay"],
    )  # fmt: skip
    graph.initializer.append(weight("w", 3, 3))
    path = tmp_path / "net.onnx"
    path.write_bytes(helper.make_model(graph).SerializeToString())
    network = parse_written(import_onnx(str(path), partial=True))
    (opaque,) = [node for node in network.nodes if node.name == "a"]
    assert opaque.layer.option_value("size") == (1,) * axes
    assert opaque.layer.option_value("parameters") == 9


def test_a_weight_of_another_layer_is_counted_once(tmp_path):
    """Neither an operator that nobody knows nor another type of layer can share it as a whole."""

    def read(nodes, partial):
        graph = helper.make_graph(
            nodes, "g", [helper.make_tensor_value_info("x", FLOAT, [1, 3, 1, 1])],
            [helper.make_tensor_value_info(nodes[-1].output[0], FLOAT, None)],
        )  # fmt: skip
        graph.initializer.extend([weight("w", 3, 1, 1), weight("v", 3, 3, 1, 1)])
        path = tmp_path / "net.onnx"
        path.write_bytes(helper.make_model(graph).SerializeToString())
        return import_onnx(str(path), partial=partial)

    nodes = [helper.make_node("PRelu", ["x", "w"], ["a"], name="/a/PRelu"),
             helper.make_node("Own", ["a", "w"], ["y"], domain="own", name="/b/Own")]  # fmt: skip
    text = read(nodes, True)
    assert "- prelu: {name: a, num_parameters: 3}" in text
    assert "- opaque: {name: b, channels: 1, operator: Own}" in text
    nodes = [
        helper.make_node("Conv", ["x", "v"], ["a"], name="/a/Conv"),
        helper.make_node("ConvTranspose", ["a", "v"], ["y"], name="/b/ConvTranspose"),
    ]
    with pytest.raises(ConvcalcError, match="for: a part of its parameters in b"):
        read(nodes, False)
    assert "- opaque: {name: b, channels: 3" in read(nodes, True)
