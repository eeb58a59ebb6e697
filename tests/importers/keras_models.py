"""Small Keras networks as tf2onnx and keras2onnx write them: N, H, W, C outside, auto_pad inside.

Weights have no values: only their sizes are read.
"""

from onnx import TensorProto, helper
from onnx_models import FLOAT, weight

TO_FIRST, TO_LAST = [0, 3, 1, 2], [0, 2, 3, 1]
Parts = tuple[list, list]  # nodes, weights


class Writer:
    """Nodes behind each other."""

    def __init__(self) -> None:
        self.nodes, self.weights, self.last = [], [], "input_1"

    def add(self, kind, *sizes, several=(), **options):
        """A node with weights of these sizes."""
        number = len(self.nodes)
        names = [f"model/{kind.lower()}_{number}/{k}:0" for k, _ in enumerate(sizes)]
        self.weights += [weight(name, *size) for name, size in zip(names, sizes, strict=True)]
        output = f"{kind}_{number}:0"
        inputs = [*(several or [self.last]), *names]
        self.nodes.append(helper.make_node(kind, inputs, [output], f"{kind}_{number}", **options))
        self.last = output
        return output

    def constant(self, values, kind=TensorProto.INT64):
        name = f"const_{len(self.nodes)}_{len(self.weights)}"
        self.weights.append(helper.make_tensor(name, kind, [len(values)], values))
        return name

    def reshape(self, *size):
        self.add("Reshape", several=[self.last, self.constant(size)])

    def save(self, folder, image, opset=13):
        """The path of a model that takes images of N, H, W, C."""
        size = ["unk__1", image[1], image[0], image[2]]
        graph = helper.make_graph(
            self.nodes, "tf2onnx", [helper.make_tensor_value_info("input_1", FLOAT, size)],
            [helper.make_tensor_value_info(self.last, FLOAT, None)], self.weights
        )  # fmt: skip
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])
        path = folder / "keras.onnx"
        path.write_bytes(model.SerializeToString())
        return path


def lenet(folder):
    """Convolutions with `same` padding of even filters, a flatten of N, H, W, C, dense layers."""
    made = Writer()
    made.add("Transpose", perm=TO_FIRST)
    made.add("Conv", (8, 1, 4, 4), (8,), auto_pad="SAME_UPPER")
    made.add("Relu")
    made.add("MaxPool", kernel_shape=[2, 2], strides=[2, 2], auto_pad="VALID")
    made.add("Conv", (16, 8, 5, 5), (16,), auto_pad="VALID")
    made.add("Relu")
    made.add("MaxPool", kernel_shape=[3, 3], strides=[2, 2], auto_pad="SAME_UPPER")
    made.add("Transpose", perm=TO_LAST)
    made.reshape(-1, 5 * 5 * 16)
    made.add("MatMul", (5 * 5 * 16, 32))
    made.add("Add", (32,))
    made.add("Relu")
    made.add("Gemm", (32, 10), (10,))
    made.add("Softmax", axis=-1)
    return made.save(folder, (28, 28, 1))


def mobile(folder):
    """Strided and depthwise convolutions of `same` padding, ReLU6 as Clip, global pooling."""
    made = Writer()
    made.add("Transpose", perm=TO_FIRST)
    limits = [weight("zero"), weight("six")]
    for tensor, value in zip(limits, (0.0, 6.0), strict=True):
        tensor.float_data.append(value)
    made.weights += limits
    depth = 3
    for filters, stride, groups in ((16, 2, 1), (16, 1, 16), (24, 1, 1), (24, 2, 24), (32, 1, 1)):
        size = 1 if groups == 1 and depth > 3 else 3
        made.add("Conv", (filters, depth // groups, size, size), strides=[stride] * 2,
                 group=groups, auto_pad="SAME_UPPER")  # fmt: skip
        made.add("BatchNormalization", *[(filters,)] * 4)
        made.add("Clip", several=[made.last, "zero", "six"])
        depth = filters
    made.add("GlobalAveragePool")
    made.add("Squeeze", several=[made.last, made.constant([2, 3])])
    made.add("Gemm", (32, 5), (5,))
    return made.save(folder, (64, 64, 3))


def residual(folder):
    """keras2onnx: every layer between two transpositions, branches that meet in N, H, W, C."""
    made = Writer()

    def convolution(filters, depth, stride=1):
        made.add("Transpose", perm=TO_FIRST)
        made.add("Conv", (filters, depth, 3, 3), (filters,), strides=[stride] * 2,
                 auto_pad="SAME_UPPER")  # fmt: skip
        made.add("Transpose", perm=TO_LAST)

    convolution(8, 3, 2)
    made.add("Relu")
    before = made.last
    convolution(8, 8)
    made.add("Relu")
    convolution(8, 8)
    made.add("Add", several=[before, made.last])
    branch = made.add("Relu")
    convolution(4, 8)
    made.add("Concat", several=[branch, made.last], axis=3)
    made.add("ReduceMean", axes=[1, 2], keepdims=0)
    made.add("MatMul", (12, 6))
    made.add("Add", (6,))
    return made.save(folder, (30, 30, 3), opset=11)
