"""ONNX models for fuzzing: chains of operators with attributes, weights and names gone wrong."""

import onnx
from choices import Choices, mutated
from onnx import AttributeProto, TensorProto, helper

OPERATORS = sorted({schema.name for schema in onnx.defs.get_all_schemas() if not schema.domain})
USUAL = ["Conv", "Relu", "MaxPool", "AveragePool", "BatchNormalization", "Add", "Mul", "Concat",
         "Gemm", "Flatten",
         "Reshape", "Shape", "Gather", "Slice", "Split", "Clip", "Resize", "Pad", "Transpose",
         "ConvTranspose",
         "GlobalAveragePool", "Softmax", "Constant", "ConstantOfShape", "Unsqueeze", "Squeeze",
         "MatMul", "Dropout",
         "ReduceMean", "Identity", "Cast", "Expand", "Tile", "Range", "If", "Loop",
         "LayerNormalization", "LRN",
         "InstanceNormalization", "Sub", "Div", "Sigmoid", "HardSigmoid", "PRelu", "Where",
         "Equal"]  # fmt: skip
INTEGERS = [0, 1, 2, 3, -1, 4, 7, 9, 2**31, 2**62, -(2**63), 64]
SHAPES = [(8, 3, 3, 3), (3,), (8,), (3, 3, 1, 1), (8, 8, 3, 3), (4,), (2,), (1,), (), (0,), (-1,),
          (2**40,), (16384, 32768), (1, 3, 1, 1), (192, 10)]  # fmt: skip
TYPES = AttributeProto.AttributeType


def make_model(choices: Choices) -> bytes:
    """The bytes of a model: one that is right but for a place or two, or a wild one."""
    return make_nearly_right(choices) if choices.seldom(2) else make_wild(choices)


RIGHT = {  # operators that keep four channels: weights behind the value, attributes
    "Conv": (((4, 4, 3, 3), (4,)), {"strides": [1, 1], "pads": [1, 1, 1, 1], "dilations": [1, 1],
                                    "kernel_shape": [3, 3], "group": 1}),
    "ConvTranspose": (((4, 4, 2, 2),), {"strides": [2, 2], "output_padding": [0, 0], "group": 1}),
    "MaxPool": ((), {"kernel_shape": [2, 2], "strides": [1, 2], "pads": [0, 0, 1, 1],
                     "ceil_mode": 1}),
    "AveragePool": ((), {"kernel_shape": [3, 3], "count_include_pad": 1, "pads": [1, 1, 1, 1]}),
    "LpPool": ((), {"kernel_shape": [2, 2], "p": 2}),
    "BatchNormalization": (((4,),) * 4, {"epsilon": 1e-5}),
    "InstanceNormalization": (((4,),) * 2, {}),
    "LayerNormalization": (((4, 1, 1),), {"axis": 1}),
    "PRelu": (((4, 1, 1),), {}),
    "LRN": ((), {"size": 3, "alpha": 1e-4}),
    "Add": (((4, 1, 1),), {}),
    "Mul": (((1,),), {}),
    "Div": (((4, 1, 1),), {}),
    "Relu": ((), {}),
    "LeakyRelu": ((), {"alpha": 0.1}),
    "Softmax": ((), {"axis": 1}),
    "Gelu": ((), {}),
    "Transpose": ((), {"perm": [0, 1, 3, 2]}),
    "ReduceMax": ((), {"keepdims": 1}),
    "ReduceMean": (([2, 3],), {"keepdims": 1}),
    "Slice": (([0, 1], [9, 9], [2, 3], [1, 2]), {}),
    "Pad": (([0, 0, 1, 1, 0, 0, 1, 1],), {"mode": "reflect"}),
    "Reshape": (([0, 4, -1, 1],), {"allowzero": 0}),
    "Gather": (([0, 1, 2, 3],), {"axis": 1}),
    "Split": (([2, 2],), {"axis": 1}),
    "Expand": (([1, 4, 1, 1],), {}),
    "Concat": ((), {"axis": 2}),
    "Identity": ((), {}),
    "GlobalAveragePool": ((), {}),
    "Squeeze": ((), {}),
    "Flatten": ((), {"axis": 1}),
    "MatMul": (((4, 4),), {}),
    "Clip": ((), {}),
    "Dropout": ((), {}),
}  # fmt: skip


def make_nearly_right(choices: Choices) -> bytes:
    """A chain of operators that go together, and perhaps something that does not."""
    nodes, weights, value = [], [], "x"
    for number in range(1 + choices.below(6)):
        kind = choices.one(list(RIGHT))
        sizes, options = RIGHT[kind]
        names = [f"w{number}_{k}" for k in range(len(sizes))]
        for name, size in zip(names, sizes, strict=True):
            if isinstance(size, list):
                weights.append(helper.make_tensor(name, TensorProto.INT64, [len(size)], size))
            else:
                weights.append(TensorProto(name=name, data_type=TensorProto.FLOAT, dims=size))
        given = {name: options[name] for name in options if not choices.seldom()}
        made = [f"t{number}", f"u{number}"][: 2 if kind == "Split" or choices.seldom(20) else 1]
        nodes.append(helper.make_node(kind, [value, *names], made, name=f"/m{number}/{kind}",
                                      **given))  # fmt: skip
        value = choices.one([made[0]] * 6 + ["x"])
    for _ in range(choices.below(3)):
        change_place(choices.one(nodes), choices.one(weights or [None]), choices)
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 4, 16, 12])],
        [helper.make_tensor_value_info(nodes[-1].output[0], TensorProto.FLOAT, None)],
        weights,
    )
    opset = helper.make_opsetid("", choices.one([11, 13, 17, 18, 20, 22]))
    return helper.make_model(graph, opset_imports=[opset]).SerializeToString()


def change_place(node, weight, choices):
    """A number, a word, a size or a name that is another."""
    kind = choices.below(4)
    if kind < 2 and node.attribute:
        found = choices.one(list(node.attribute))
        if found.ints:
            found.ints[choices.below(len(found.ints))] = choices.one(INTEGERS)
        elif found.type == TYPES.INT:
            found.i = choices.one(INTEGERS)
        elif found.type == TYPES.STRING:
            found.s = choices.one([b"wrap", b"NOPE", b"edge"])
        else:
            found.f = choices.one([0.0, -1.0, 1e38, float("inf")])
    elif kind == 2 and weight is not None:
        if weight.int64_data:
            weight.int64_data[choices.below(len(weight.int64_data))] = choices.one(INTEGERS)
        elif weight.dims:
            weight.dims[choices.below(len(weight.dims))] = choices.one([0, 1, 2, 3, 8, 64, 2**31])
    elif kind == 3:
        known = onnx.defs.get_schema(node.op_type).attributes
        if known:
            name = choices.one(sorted(known))
            if all(each.name != name for each in node.attribute):
                node.attribute.append(make_attribute(name, known[name].type.value, choices))


def make_wild(choices: Choices) -> bytes:
    """Anything that is built of the parts of a model."""
    values, nodes = ["x"], []
    weights = [make_tensor(f"w{k}", choices) for k in range(1 + choices.below(5))]
    known = [weight.name for weight in weights]
    for number in range(1 + choices.below(6)):
        nodes.append(make_node(number, values, known, choices))
    graph = onnx.GraphProto(
        name=choices.one(["g", "", "main_graph", "a\nb", "類"]), node=nodes, initializer=weights
    )
    sides = [
        choices.one(["n", 1, 2, 0]),
        3,
        choices.one([8, 16, 5, 2**31]),
        choices.one([8, 16, 1]),
    ]
    graph.input.append(
        helper.make_tensor_value_info(
            "x", choices.one([1, 1, 1, 7, 10]), sides[: 4 - choices.seldom(9)]
        )
    )
    graph.output.append(
        helper.make_tensor_value_info(choices.one([values[-1]] * 5 + values + ["y"]), 1, None)
    )
    opset = choices.one([9, 11, 12, 13, 16, 17, 18, 20, 21, 22, 1, 99])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])
    if choices.seldom(6):
        inner = [make_node(k + 90, ["a"], ["b"], choices) for k in choices.some(3)]
        model.functions.append(
            helper.make_function(
                "own", "f", ["a", "b"], ["t90"], inner, [helper.make_opsetid("", 17)]
            )
        )
        model.opset_import.append(helper.make_opsetid("own", 1))
        model.graph.node.append(helper.make_node("f", ["x", "x"], ["out"], domain="own"))
    data = model.SerializeToString()
    return mutated(data, choices) if choices.seldom(3) else data


def make_node(number, values, weights, choices):
    """A node, with inputs and attributes as its definition has them, or nearly."""
    kind = choices.one(USUAL if not choices.seldom(5) else OPERATORS)
    try:
        schema = onnx.defs.get_schema(kind, choices.one([9, 11, 13, 17, 21]), "")
    except onnx.defs.SchemaError:
        schema = onnx.defs.get_schema(kind)
    count = max(schema.min_input, min(schema.max_input, 1 + choices.below(4)))
    first = [values[-1] if not choices.seldom(4) else choices.one(values)]
    rest = [choices.one([*weights, *weights, *values, ""]) for _ in range(count - 1)]
    outputs = [f"t{number}", f"u{number}", f"v{number}"][
        : max(schema.min_output, 1 + choices.below(2) * choices.seldom(3))
    ]
    inputs = (first + rest)[:count] if not choices.seldom(12) else rest
    node = onnx.NodeProto(
        op_type=kind,
        name=f"/{choices.one(['a', 'b.c', 'a/b', ''])}/{kind}",
        input=inputs,
        output=outputs,
    )
    for name, known in schema.attributes.items():
        if known.required or choices.seldom(3):
            kind = (
                known.type.value if not choices.seldom(12) else choices.one([1, 2, 3, 4, 6, 7, 8])
            )
            node.attribute.append(make_attribute(name, kind, choices))
    values += outputs[:1]
    return node


def make_attribute(name, kind, choices):
    """An attribute of a type with a value that is mostly small."""
    found = AttributeProto(name=name, type=kind)
    number = lambda: choices.one(INTEGERS[: 4 + 8 * choices.seldom(6)])  # noqa: E731
    if kind == TYPES.INT:
        found.i = number()
    elif kind == TYPES.INTS:
        found.ints.extend([number() for _ in range(choices.one([1, 2, 2, 2, 4, 4, 0, 3]))])
    elif kind == TYPES.FLOAT:
        found.f = choices.one([0.0, 0.5, 1.0, -1.0, float("nan"), float("inf")])
    elif kind == TYPES.FLOATS:
        found.floats.extend([0.5] * choices.below(4))
    elif kind == TYPES.STRING:
        found.s = choices.one(
            [b"NOTSET", b"SAME_UPPER", b"VALID", b"constant", b"nearest", b"linear", b"", b"\xff"]
        )
    elif kind == TYPES.TENSOR:
        found.t.CopyFrom(make_tensor("", choices))
    elif kind == TYPES.GRAPH:
        found.g.name = "g"
        found.g.node.append(helper.make_node("Relu", ["x"], ["r"]))
        found.g.output.append(helper.make_tensor_value_info("r", 1, None))
    return found


def make_tensor(name, choices):
    """A weight or a constant: often of a size that fits, seldom with data that do not."""
    shape = choices.one(SHAPES)
    found = TensorProto(
        name=name, dims=shape, data_type=choices.one([1, 1, 1, 7, 7, 6, 9, 10, 11, 16, 99, 0])
    )
    if len(shape) == 1 and 0 < shape[0] < 9:
        if found.data_type == TensorProto.INT64:
            found.int64_data.extend([choices.one(INTEGERS) for _ in range(shape[0])])
        elif found.data_type == TensorProto.FLOAT:
            found.float_data.extend(
                [choices.one([0.5, 1.0, 2.0, float("nan")]) for _ in range(shape[0])]
            )
    elif shape == ():
        found.raw_data = choices.one([b"\0\0\0\0", b"\0\0\x80?", b"\1\0\0\0\0\0\0\0", b"", b"1"])
    elif choices.seldom(9):
        found.raw_data = bytes(choices.below(40))
    if choices.seldom(15):
        found.data_location = TensorProto.EXTERNAL
        found.external_data.add(key="location", value="../../etc/passwd")
    return found
