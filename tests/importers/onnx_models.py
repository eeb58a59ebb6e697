"""Small ONNX files whose weights have no values."""

from onnx import TensorProto, helper

FLOAT = TensorProto.FLOAT


def weight(name, *dims, **external):
    """A weight without values, or with values in another file."""
    tensor = TensorProto(name=name, data_type=FLOAT, dims=dims)
    for key, value in external.items():
        tensor.data_location = TensorProto.EXTERNAL
        tensor.external_data.add(key=key, value=value)
    return tensor


def file(folder, nodes, weights=(), size=("batch", 3, 32, 32), opset=17, outputs=("y",)):
    """The path of a model of these nodes from `x` to `y`."""
    graph = helper.make_graph(
        nodes,
        "main_graph",
        [helper.make_tensor_value_info("x", FLOAT, size)],
        [helper.make_tensor_value_info(name, FLOAT, None) for name in outputs],
    )
    graph.initializer.extend(weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])
    path = folder / "net.onnx"
    path.write_bytes(model.SerializeToString())
    return path
