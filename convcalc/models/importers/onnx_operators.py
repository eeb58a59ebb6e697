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
LINEAR = {3: "linear", 5: "trilinear"}  # torch's words, by the rank; else bilinear
BORDERS = {"edge": "replicate"}  # where torch has another word


def is_translated(proto: NodeProto) -> bool:
    """Whether there are words of torch's for an operator, whatever it is given."""
    known = (IN_PLACE, POINTWISE, VIEWS, RULES, ("Split",))
    return proto.domain in ("", "ai.onnx") and any(proto.op_type in each for each in known)


def translate_node(proto: NodeProto, graph: OnnxGraph) -> Found:
    """torch's operator and its arguments, or None where there is none."""
    node, kind = OnnxNode(proto, graph), proto.op_type
    if proto.domain not in ("", "ai.onnx"):
        return None
    if kind in IN_PLACE:
        slope = (
            {"negative_slope": node.attribute_value("alpha", 0.01)} if kind == "LeakyRelu" else {}
        )
        return IN_PLACE[kind], {"input": node.input_tensor(0), **slope}
    if kind in POINTWISE:
        return POINTWISE[kind], {"input": node.input_tensor(0)}
    if kind in VIEWS:
        return "view", {"input": node.input_tensor(0)}
    rule = RULES.get(kind)
    return rule(node) if rule else None


def _window_arguments(node: OnnxNode) -> dict[str, Any] | None:
    """Strides, dilations and paddings; None where the two sides' paddings differ."""
    rank = len(node.output_size) - 2
    pads = node.attribute_value("pads", [0] * 2 * rank)
    if not 1 <= rank <= 3 or node.attribute_value("auto_pad", "NOTSET") not in ("NOTSET", "VALID"):
        return None
    if pads[:rank] != pads[rank:]:
        return None
    return {
        "stride": node.attribute_value("strides", [1] * rank),
        "padding": pads[:rank],
        "dilation": node.attribute_value("dilations", [1] * rank),
    }


def _convolution_rule(operator: str) -> Callable[[OnnxNode], Found]:
    def rule(node: OnnxNode) -> Found:
        window = _window_arguments(node)
        if window is None:
            return None
        extra = node.attribute_value("output_padding", [0] * len(window["stride"]))
        arguments = {
            "input": node.input_tensor(0),
            "weight": node.input_tensor(1),
            "bias": node.input_tensor(2),
        }
        groups = node.attribute_value("group", 1)
        return operator, {**arguments, **window, "groups": groups, "output_padding": extra}

    return rule


def _pool_rule(operator: str) -> Callable[[OnnxNode], Found]:
    def rule(node: OnnxNode) -> Found:
        window = _window_arguments(node)
        if window is None:
            return None
        size, ceil = (
            node.attribute_value("kernel_shape"),
            bool(node.attribute_value("ceil_mode", 0)),
        )
        return operator, {
            "input": node.input_tensor(0),
            **window,
            "kernel_size": size,
            "ceil_mode": ceil,
        }

    return rule


def _global_rule(operator: str) -> Callable[[OnnxNode], Found]:
    return lambda node: (operator, {"input": node.input_tensor(0), "output_size": [1, 1]})


def _batch_norm(node: OnnxNode) -> Found:
    names = ("weight", "bias", "running_mean", "running_var")
    kinds = (PARAMETER, PARAMETER, BUFFER, BUFFER)
    learned = {name: node.input_tensor(k + 1, kinds[k]) for k, name in enumerate(names)}
    return "batch_norm", {"input": node.input_tensor(0), **learned, "training": True}


def _translate_gemm(node: OnnxNode) -> Found:
    """Gemm, with the weight either way round."""
    weight = node.input_tensor(1)
    if weight is None or weight.kind != PARAMETER or node.attribute_value("transA", 0):
        return None
    shape = weight.shape if node.attribute_value("transB", 0) else weight.shape[::-1]
    arguments = {"input": node.input_tensor(0), "weight": weight._replace(shape=shape)}
    return "linear", {**arguments, "bias": node.input_tensor(2)}


def _translate_matmul(node: OnnxNode) -> Found:
    """MatMul with a weight."""
    weight = node.input_tensor(1)
    if weight is None or weight.kind != PARAMETER or len(weight.shape) != 2:
        return None
    weight = weight._replace(shape=weight.shape[::-1])
    return "linear", {"input": node.input_tensor(0), "weight": weight, "bias": None}


def _translate_clip(node: OnnxNode) -> Found:
    low, high = node.constant_input(1, "min"), node.constant_input(2, "max")
    return "hardtanh_", {"input": node.input_tensor(0), "min_val": low, "max_val": high}


def _hard_sigmoid(node: OnnxNode) -> Found:
    exact = abs(node.attribute_value("alpha", 0.2) - SIXTH) < 1e-6
    return ("hardsigmoid", {"input": node.input_tensor(0)}) if exact else None


def _translate_dropout(node: OnnxNode) -> Found:
    """In a file for inference nothing is dropped."""
    p, training = node.constant_input(1, "ratio"), node.constant_input(2)
    p = 0.5 if p is None else p
    train = bool(training) if node.graph.opset >= 12 else True
    return "dropout", {"input": node.input_tensor(0), "p": round(float(p), 6), "train": train}


def _translate_mean(node: OnnxNode) -> Found:
    axes, volume = node.constant_input(1, "axes"), node.input_tensor(0)
    rank = len(volume.shape) if volume else 0
    wanted = rank > 2 and {axis % rank for axis in axes or ()} == set(range(2, rank))
    return ("mean", {"input": volume}) if wanted else None


def _translate_slice(node: OnnxNode) -> Found:
    """One of the equal parts of the depth."""
    starts, ends = node.constant_input(1, "starts"), node.constant_input(2, "ends")
    axes, steps = node.constant_input(3, "axes"), node.constant_input(4)
    whole, part = node.input_tensor(0), node.output_size
    if not (starts and ends and axes == [1] and whole) or steps not in (None, [1]):
        return None
    depth, size = whole.shape[1], part[1]
    start = starts[0] % depth
    if depth % size or start % size:
        return None
    return "chunk", _chunk_part(whole, [size] * (depth // size), start // size)


def _chunk_part(whole: Tensor, parts: list[int], index: int) -> dict[str, Any]:
    return {"input": whole, "parts": parts, "dim": 1, "index": index}


def _translate_pad(node: OnnxNode) -> Found:
    pads = node.constant_input(1, "pads")
    rank = len(pads or ()) // 2
    if pads is None or rank < 3 or any(pads[:2] + pads[rank : rank + 2]):
        return None
    ends = [pads[k + end] for k in reversed(range(2, rank)) for end in (0, rank)]
    value = node.constant_input(2, "value") or 0
    mode = node.attribute_value("mode", "constant")
    arguments = {"pad": ends, "mode": BORDERS.get(mode, mode)}
    return "pad", {"input": node.input_tensor(0), **arguments, "value": value}


def _translate_resize(node: OnnxNode) -> Found:
    """Without `antialias`, which reads wider windows the more it shrinks: no layer does."""
    if node.attribute_value("antialias", 0):
        return None
    volume, mode = node.input_tensor(0), MODES[node.attribute_value("mode", "nearest")]
    if mode == "bilinear" and volume:
        mode = LINEAR.get(len(volume.shape), mode)
    return "interpolate", {"input": volume, "mode": mode}


def _local_response(node: OnnxNode) -> Found:
    names = {"size": 5, "alpha": 1e-4, "beta": 0.75, "bias": 1.0}
    size, alpha, beta, k = (node.attribute_value(name, default) for name, default in names.items())
    options = {"size": size, "alpha": round(alpha, 9), "beta": beta, "k": k}
    return "LocalResponseNorm", {"input": node.input_tensor(0), **options}


def _layer_norm(node: OnnxNode) -> Found:
    volume = node.input_tensor(0)
    shape = list(volume.shape[node.attribute_value("axis", -1) :]) if volume else []
    learned = {"weight": node.input_tensor(1), "bias": node.input_tensor(2)}
    return "layer_norm", {"input": volume, "normalized_shape": shape, **learned}


def _instance_norm(node: OnnxNode) -> Found:
    learned = {"weight": node.input_tensor(1), "bias": node.input_tensor(2)}
    return "instance_norm", {"input": node.input_tensor(0), **learned}


def _translate_concat(node: OnnxNode) -> Found:
    parts = [node.input_tensor(k) for k in range(len(node.proto.input))]
    return "cat", {"tensors": parts, "dim": node.attribute_value("axis")}


RULES: dict[str, Callable[[OnnxNode], Found]] = {
    "Conv": _convolution_rule("conv2d"),
    "ConvTranspose": _convolution_rule("conv_transpose2d"),
    "MaxPool": _pool_rule("max_pool2d"),
    "AveragePool": _pool_rule("avg_pool2d"),
    "GlobalAveragePool": _global_rule("adaptive_avg_pool2d"),
    "GlobalMaxPool": _global_rule("adaptive_max_pool2d"),
    "BatchNormalization": _batch_norm,
    "InstanceNormalization": _instance_norm,
    "LayerNormalization": _layer_norm,
    "LRN": _local_response,
    "Gemm": _translate_gemm,
    "MatMul": _translate_matmul,
    **ARITHMETIC,
    "PRelu": lambda node: (
        "prelu",
        {"input": node.input_tensor(0), "weight": node.input_tensor(1)},
    ),
    "Clip": _translate_clip,
    "HardSigmoid": _hard_sigmoid,
    "Softmax": lambda node: (
        "softmax",
        {"input": node.input_tensor(0), "dim": node.attribute_value("axis", -1)},
    ),
    "Dropout": _translate_dropout,
    "ReduceMean": _translate_mean,
    "Flatten": lambda node: ("flatten", {"input": node.input_tensor(0)}),
    "Transpose": lambda node: (
        "permute",
        {"input": node.input_tensor(0), "dims": node.attribute_value("perm")},
    ),
    "Identity": lambda node: ("identity", {"input": node.input_tensor(0)}),
    "Cast": lambda node: ("identity", {"input": node.input_tensor(0)}),
    "Slice": _translate_slice,
    "Pad": _translate_pad,
    "Resize": _translate_resize,
    "Upsample": _translate_resize,
    "Concat": _translate_concat,
}
