"""ONNX operators as calls of torch's.

What ONNX does not say is taken as PyTorch's networks have it: activation functions that
PyTorch offers in place work in place, sums do not; batch norms and dropout are in training.
"""

from collections.abc import Callable
from typing import Any

from onnx import NodeProto

from convcalc.facts.torch_calls import BUFFER, PARAMETER, Tensor
from convcalc.models.importers.onnx_arithmetic import ARITHMETIC
from convcalc.models.importers.onnx_graph import OnnxGraph
from convcalc.models.importers.onnx_node import Found, OnnxNode

IN_PLACE = {"Relu": "relu_", "LeakyRelu": "leaky_relu_", "Elu": "elu_", "HardSwish": "hardswish_",
            "Mish": "mish_"}  # fmt: skip
POINTWISE = {"Sigmoid": "sigmoid", "Tanh": "tanh", "Softplus": "softplus", "Gelu": "gelu"}
VIEWS = ("Reshape", "Squeeze", "Unsqueeze")
SIXTH = 1 / 6  # the slope of PyTorch's hard sigmoid
MODES = {"nearest": "nearest", "linear": "bilinear", "cubic": "bicubic"}
BORDERS = {"edge": "replicate"}  # where torch has another word


def translate(proto: NodeProto, graph: OnnxGraph) -> Found:
    """torch's operator and its arguments, or None where there is none."""
    node, kind = OnnxNode(proto, graph), proto.op_type
    if proto.domain not in ("", "ai.onnx"):
        return None
    if kind in IN_PLACE:
        slope = {"negative_slope": node.option("alpha", 0.01)} if kind == "LeakyRelu" else {}
        return IN_PLACE[kind], {"input": node.tensor(0), **slope}
    if kind in POINTWISE:
        return POINTWISE[kind], {"input": node.tensor(0)}
    if kind in VIEWS:
        return "view", {"input": node.tensor(0)}
    rule = RULES.get(kind)
    return rule(node) if rule else None


def _window(node: OnnxNode) -> dict[str, Any] | None:
    """Strides, dilations and paddings; None where the two sides' paddings differ."""
    rank = len(node.size) - 2
    pads = node.option("pads", [0] * 2 * rank)
    if rank != 2 or node.option("auto_pad", "NOTSET") not in ("NOTSET", "VALID"):
        return None
    if pads[:rank] != pads[rank:]:
        return None
    return {
        "stride": node.option("strides", [1] * rank),
        "padding": pads[:rank],
        "dilation": node.option("dilations", [1] * rank),
    }


def _convolution(operator: str) -> Callable[[OnnxNode], Found]:
    def rule(node: OnnxNode) -> Found:
        window = _window(node)
        if window is None:
            return None
        extra = node.option("output_padding", [0, 0])
        arguments = {"input": node.tensor(0), "weight": node.tensor(1), "bias": node.tensor(2)}
        groups = node.option("group", 1)
        return operator, {**arguments, **window, "groups": groups, "output_padding": extra}

    return rule


def _pool(operator: str) -> Callable[[OnnxNode], Found]:
    def rule(node: OnnxNode) -> Found:
        window = _window(node)
        if window is None:
            return None
        size, ceil = node.option("kernel_shape"), bool(node.option("ceil_mode", 0))
        return operator, {"input": node.tensor(0), **window, "kernel_size": size, "ceil_mode": ceil}

    return rule


def _whole(operator: str) -> Callable[[OnnxNode], Found]:
    return lambda node: (operator, {"input": node.tensor(0), "output_size": [1, 1]})


def _batch_norm(node: OnnxNode) -> Found:
    names = ("weight", "bias", "running_mean", "running_var")
    kinds = (PARAMETER, PARAMETER, BUFFER, BUFFER)
    learned = {name: node.tensor(k + 1, kinds[k]) for k, name in enumerate(names)}
    return "batch_norm", {"input": node.tensor(0), **learned, "training": True}


def _linear(node: OnnxNode) -> Found:
    """Gemm, with the weight either way round."""
    weight = node.tensor(1)
    if weight is None or weight.kind != PARAMETER or node.option("transA", 0):
        return None
    shape = weight.shape if node.option("transB", 0) else weight.shape[::-1]
    arguments = {"input": node.tensor(0), "weight": weight._replace(shape=shape)}
    return "linear", {**arguments, "bias": node.tensor(2)}


def _product(node: OnnxNode) -> Found:
    """MatMul with a weight."""
    weight = node.tensor(1)
    if weight is None or weight.kind != PARAMETER or len(weight.shape) != 2:
        return None
    weight = weight._replace(shape=weight.shape[::-1])
    return "linear", {"input": node.tensor(0), "weight": weight, "bias": None}


def _clip(node: OnnxNode) -> Found:
    low, high = node.constant(1, "min"), node.constant(2, "max")
    return "hardtanh_", {"input": node.tensor(0), "min_val": low, "max_val": high}


def _hard_sigmoid(node: OnnxNode) -> Found:
    exact = abs(node.option("alpha", 0.2) - SIXTH) < 1e-6
    return ("hardsigmoid", {"input": node.tensor(0)}) if exact else None


def _dropout(node: OnnxNode) -> Found:
    """In a file for inference nothing is dropped."""
    p, training = node.constant(1, "ratio"), node.constant(2)
    p = 0.5 if p is None else p
    train = bool(training) if node.graph.opset >= 12 else True
    return "dropout", {"input": node.tensor(0), "p": round(float(p), 6), "train": train}


def _mean(node: OnnxNode) -> Found:
    axes = node.constant(1, "axes")
    wanted = {axis % 4 for axis in axes or ()} == {2, 3}
    return ("mean", {"input": node.tensor(0)}) if wanted else None


def _slice(node: OnnxNode) -> Found:
    """One of the equal parts of the depth."""
    starts, ends = node.constant(1, "starts"), node.constant(2, "ends")
    axes, steps = node.constant(3, "axes"), node.constant(4)
    whole, part = node.tensor(0), node.size
    if not (starts and ends and axes == [1] and whole) or steps not in (None, [1]):
        return None
    depth, size = whole.shape[1], part[1]
    start = starts[0] % depth
    if depth % size or start % size:
        return None
    return "chunk", _part(whole, [size] * (depth // size), start // size)


def _part(whole: Tensor, parts: list[int], index: int) -> dict[str, Any]:
    return {"input": whole, "parts": parts, "dim": 1, "index": index}


def _pad(node: OnnxNode) -> Found:
    pads = node.constant(1, "pads")
    if pads is None or len(pads) != 8 or any(pads[:2] + pads[4:6]):
        return None
    top, left, bottom, right = pads[2], pads[3], pads[6], pads[7]
    value = node.constant(2, "value") or 0
    mode = node.option("mode", "constant")
    arguments = {"pad": [left, right, top, bottom], "mode": BORDERS.get(mode, mode)}
    return "pad", {"input": node.tensor(0), **arguments, "value": value}


def _resize(node: OnnxNode) -> Found:
    """Without `antialias`, which reads wider windows the more it shrinks: no layer does."""
    if node.option("antialias", 0):
        return None
    return "interpolate", {"input": node.tensor(0), "mode": MODES[node.option("mode", "nearest")]}


def _local_response(node: OnnxNode) -> Found:
    names = {"size": 5, "alpha": 1e-4, "beta": 0.75, "bias": 1.0}
    size, alpha, beta, k = (node.option(name, default) for name, default in names.items())
    options = {"size": size, "alpha": round(alpha, 9), "beta": beta, "k": k}
    return "LocalResponseNorm", {"input": node.tensor(0), **options}


def _layer_norm(node: OnnxNode) -> Found:
    volume = node.tensor(0)
    shape = list(volume.shape[node.option("axis", -1) :]) if volume else []
    learned = {"weight": node.tensor(1), "bias": node.tensor(2)}
    return "layer_norm", {"input": volume, "normalized_shape": shape, **learned}


def _instance_norm(node: OnnxNode) -> Found:
    learned = {"weight": node.tensor(1), "bias": node.tensor(2)}
    return "instance_norm", {"input": node.tensor(0), **learned}


def _join(node: OnnxNode) -> Found:
    parts = [node.tensor(k) for k in range(len(node.proto.input))]
    return "cat", {"tensors": parts, "dim": node.option("axis")}


RULES: dict[str, Callable[[OnnxNode], Found]] = {
    "Conv": _convolution("conv2d"),
    "ConvTranspose": _convolution("conv_transpose2d"),
    "MaxPool": _pool("max_pool2d"),
    "AveragePool": _pool("avg_pool2d"),
    "GlobalAveragePool": _whole("adaptive_avg_pool2d"),
    "GlobalMaxPool": _whole("adaptive_max_pool2d"),
    "BatchNormalization": _batch_norm,
    "InstanceNormalization": _instance_norm,
    "LayerNormalization": _layer_norm,
    "LRN": _local_response,
    "Gemm": _linear,
    "MatMul": _product,
    **ARITHMETIC,
    "PRelu": lambda node: ("prelu", {"input": node.tensor(0), "weight": node.tensor(1)}),
    "Clip": _clip,
    "HardSigmoid": _hard_sigmoid,
    "Softmax": lambda node: ("softmax", {"input": node.tensor(0), "dim": node.option("axis", -1)}),
    "Dropout": _dropout,
    "ReduceMean": _mean,
    "Flatten": lambda node: ("flatten", {"input": node.tensor(0)}),
    "Transpose": lambda node: ("permute", {"input": node.tensor(0), "dims": node.option("perm")}),
    "Identity": lambda node: ("identity", {"input": node.tensor(0)}),
    "Cast": lambda node: ("identity", {"input": node.tensor(0)}),
    "Slice": _slice,
    "Pad": _pad,
    "Resize": _resize,
    "Upsample": _resize,
    "Concat": _join,
}
