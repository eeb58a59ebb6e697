"""ONNX operators as calls of torch's.

What ONNX does not say is taken as PyTorch's networks have it: activation functions that
PyTorch offers in place work in place, sums do not; batch norms and dropout are in training.
"""

from collections.abc import Callable
from typing import Any

from onnx import NodeProto

from convcalc.facts.kinds import LARGEST_REAL
from convcalc.facts.torch_calls import BUFFER, PARAMETER, VALUE, Tensor, TracedCall
from convcalc.models.importers.onnx_arithmetic import ARITHMETIC, number_input
from convcalc.models.importers.onnx_graph import OnnxGraph
from convcalc.models.importers.onnx_node import Found, OnnxNode, Untranslated
from convcalc.models.importers.onnx_windows import WINDOWED

IN_PLACE = {"Relu": "relu_", "LeakyRelu": "leaky_relu_", "Elu": "elu_", "HardSwish": "hardswish_",
            "Mish": "mish_", "Selu": "selu_", "Celu": "celu_", "Swish": "silu_"}  # fmt: skip
POINTWISE = {"Sigmoid": "sigmoid", "Tanh": "tanh", "Softplus": "softplus", "Gelu": "gelu"}
PLAIN = (
    "Abs",
    "Atan",
    "Ceil",
    "Cos",
    "Cosh",
    "Erf",
    "Exp",
    "Floor",
    "Log",
    "Reciprocal",
    "Round",
    "Sign",
    "Sin",
    "Sinh",
    "Sqrt",
    "Tan",
)  # torch's names but for the case
VIEWS = ("Reshape", "Squeeze", "Unsqueeze")
SIXTH = 1 / 6  # the slope of PyTorch's hard sigmoid
MODES = {"nearest": "nearest", "linear": "bilinear", "cubic": "bicubic"}
LINEAR = {3: "linear", 5: "trilinear"}  # torch's words, by the rank; else bilinear
BORDERS = {"edge": "replicate"}  # where torch has another word


def is_translated(proto: NodeProto) -> bool:
    """Whether there are words of torch's for an operator, whatever it is given."""
    known = (IN_PLACE, POINTWISE, PLAIN, VIEWS, RULES, ("Split",))
    return proto.domain in ("", "ai.onnx") and any(proto.op_type in each for each in known)


def translate_node(proto: NodeProto, graph: OnnxGraph) -> Any:
    """torch's operator and its arguments, or calls, or None where there are none."""
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
    if kind in PLAIN:
        return kind.lower(), {"input": node.input_tensor(0)}
    if kind in VIEWS:
        return "view", {"input": node.input_tensor(0)}
    rule = RULES.get(kind)
    return rule(node) if rule else None


def _global_rule(operator: str) -> Callable[[OnnxNode], Found]:
    return lambda node: (operator, {"input": node.input_tensor(0), "output_size": [1, 1]})


def _batch_norm(node: OnnxNode) -> Found:
    names = ("weight", "bias", "running_mean", "running_var")
    kinds = (PARAMETER, PARAMETER, BUFFER, BUFFER)
    learned = {name: node.weight_tensor(k + 1, kinds[k]) for k, name in enumerate(names)}
    learned |= {"weight": node.learned_tensor(1, 1.0), "bias": node.learned_tensor(2, 0.0)}
    return "batch_norm", {"input": node.input_tensor(0), **learned, "training": True}


def _translate_gemm(node: OnnxNode) -> Found:
    """Gemm, with the weight either way round."""
    weight = node.weight_tensor(1)
    if node.attribute_value("transA", 0):
        raise Untranslated("its `transA` turns the input")
    if weight is None or weight.kind != PARAMETER:
        raise Untranslated("both of its factors are computed")
    shape = weight.shape if node.attribute_value("transB", 0) else weight.shape[::-1]
    arguments = {"input": node.input_tensor(0), "weight": weight._replace(shape=shape)}
    return "linear", {**arguments, "bias": node.bias_tensor(2)}


def _translate_matmul(node: OnnxNode) -> Found:
    """MatMul with a weight, or of two values."""
    weight = node.weight_tensor(1)
    if weight is None or weight.kind != PARAMETER:
        return "matmul", {"input": node.input_tensor(0), "other": weight}
    if len(weight.shape) != 2:
        raise Untranslated(f"its weight has {len(weight.shape)} axes, not 2")
    weight = weight._replace(shape=weight.shape[::-1])
    return "linear", {"input": node.input_tensor(0), "weight": weight, "bias": None}


def _translate_power(node: OnnxNode) -> Found:
    node.constant_input(1)  # which says why it is not known
    exponent = number_input(node, 1)
    if not exponent:
        raise Untranslated("its exponent is computed" if exponent is None else "its exponent is 0")
    return "pow", {"self": node.input_tensor(0), "exponent": exponent}


def _translate_clip(node: OnnxNode) -> Found:
    """Bounds that no value comes to are none: older opsets write the largest of float32."""
    bounds = (node.constant_input(1, "min"), node.constant_input(2, "max"))
    while any(isinstance(bound, list) for bound in bounds):  # exporters write one in a vector, too
        bounds = tuple(bound[0] if isinstance(bound, list) else bound for bound in bounds)
    low, high = (
        bound if not isinstance(bound, float) or abs(bound) <= LARGEST_REAL else None
        for bound in bounds
    )
    if low is high is None:
        return "identity", {"input": node.input_tensor(0)}
    if (low is None) != (high is None):
        return "clamp_max" if low is None else "clamp_min", {"input": node.input_tensor(0)}
    return "hardtanh_", {"input": node.input_tensor(0), "min_val": low, "max_val": high}


def _hard_sigmoid(node: OnnxNode) -> Found:
    slope = node.attribute_value("alpha", 0.2)
    if abs(slope - SIXTH) >= 1e-6:
        raise Untranslated(f"its `alpha` is {slope:.6g}, and PyTorch's is 1/6")
    return "hardsigmoid", {"input": node.input_tensor(0)}


def _softmax_rule(operator: str) -> Callable[[OnnxNode], Found]:
    """Before opset 13 all axes from one on are one row, which a 1x1 volume is anyway."""

    def rule(node: OnnxNode) -> Found:
        volume, old = node.input_tensor(0), node.graph.opset < 13
        axis = node.attribute_value("axis", 1 if old else -1)
        if volume is None:
            return None
        if old and any(side != 1 for side in volume.shape[axis:][1:]):
            raise Untranslated("before opset 13 it takes all axes from its `axis` on as one row")
        return operator, {"input": volume, "dim": axis}

    return rule


def _translate_dropout(node: OnnxNode) -> Found:
    """In a file for inference nothing is dropped."""
    p, training = node.constant_input(1, "ratio"), node.constant_input(2)
    p = 0.5 if p is None else p
    train = bool(training) if node.graph.opset >= 12 else True
    return "dropout", {"input": node.input_tensor(0), "p": round(float(p), 6), "train": train}


def _reduction_rule(operator: str) -> Callable[[OnnxNode], Found]:
    """Over all axes of a volume, or over one that stays."""

    def rule(node: OnnxNode) -> Found:
        axes, volume = node.constant_input(1, "axes"), node.input_tensor(0)
        rank, keeps = len(volume.shape) if volume else 0, bool(node.attribute_value("keepdims", 1))
        over = sorted({axis % rank for axis in axes or range(rank)})
        if rank < 3 or len(over) > 1 or not keeps:
            return (operator, {"input": volume, "dim": over, "keepdim": keeps}) if over else None
        single = {"amax": "max"}.get(operator, operator)
        return single, {"input": volume, "dim": over, "keepdim": True}

    return rule


def _translate_slice(node: OnnxNode) -> Found | list[TracedCall]:
    """One of the equal parts of the depth, or a part along each axis."""
    starts, ends = node.constant_input(1, "starts"), node.constant_input(2, "ends")
    axes, steps = node.constant_input(3, "axes"), node.constant_input(4) or []
    whole, part = node.input_tensor(0), node.output_tensor
    if not (starts and ends and whole):
        return None
    if any(step < 1 for step in steps):
        raise Untranslated("its `steps` go backwards")
    rank = len(whole.shape)
    along = [axis % rank for axis in axes or range(len(starts))]
    cuts = dict(zip(along, zip(starts, steps or [1] * len(starts), strict=True), strict=True))
    cuts = {axis: cut for axis, cut in cuts.items() if part.shape[axis] != whole.shape[axis]}
    if not cuts:
        return "identity", {"input": whole}
    start, step = cuts.get(1, (0, 1))
    start = start % whole.shape[1]
    if set(cuts) != {1} or step != 1 or whole.shape[1] % part.shape[1] or start % part.shape[1]:
        return _cut_calls(whole, part, cuts)
    parts = [part.shape[1]] * (whole.shape[1] // part.shape[1])
    return "chunk", {"input": whole, "parts": parts, "dim": 1, "index": start // part.shape[1]}


def _cut_calls(whole: Tensor, part: Tensor, cuts: dict[int, tuple[int, int]]) -> list[TracedCall]:
    """One slice behind the other, along an axis each."""
    calls, shape = [], list(whole.shape)
    for number, (axis, (start, step)) in enumerate(cuts.items(), 1):
        shape[axis] = part.shape[axis]
        name = part.name if number == len(cuts) else f"{part.name} cut along {number}"
        arguments = {"input": whole, "dim": axis, "start": start, "step": step}
        whole = Tensor(name, tuple(shape))
        calls.append(TracedCall("slice", arguments, whole))
    return calls


def _translate_gather(node: OnnxNode) -> Found:
    """One of the parts along an axis, or several by a constant."""
    axis, index = node.attribute_value("axis", 0), node.constant_input(1)
    volume = node.input_tensor(0)
    if index is None or volume is None or volume.kind != VALUE:
        return None
    side = volume.shape[axis]
    if any(not -side <= each < side for each in (index if isinstance(index, list) else [index])):
        return None
    arguments = {"input": volume, "dim": axis % len(volume.shape)}
    if isinstance(index, int):
        return "select", arguments
    one_axis = len(node.output_size) == len(volume.shape)
    return ("index_select", {**arguments, "index": node.input_tensor(1)}) if one_axis else None


def _translate_attention(node: OnnxNode) -> Found:
    """Scaled dot products of heads, without a mask and without what was before."""
    names = ("query", "key", "value")
    given = {name: node.input_tensor(k) for k, name in enumerate(names)}
    if any(node.has_input(k) for k in range(3, 6)):
        raise Untranslated("it takes a mask, or keys and values of before")
    if node.attribute_value("softcap", 0.0):
        raise Untranslated("its `softcap` bounds the scores")
    return "scaled_dot_product_attention", given


def _unpool(node: OnnxNode) -> Found:
    indices = node.input_tensor(1)
    return "max_unpool2d", {"input": node.input_tensor(0), "indices": indices}


def _translate_expand(node: OnnxNode) -> Found:
    """Any axis but the batch, which is one image's wherever it stands."""
    volume = node.input_tensor(0)
    if volume and volume.kind == VALUE and volume.shape[0] != node.output_size[0]:
        raise Untranslated("it makes a batch of another size")
    return "expand", {"input": volume}


def _translate_transpose(node: OnnxNode) -> Found:
    """Axes in another order, or the other way round."""
    volume, dims = node.input_tensor(0), node.attribute_value("perm")
    if dims and volume and len(dims) != len(volume.shape):
        return None
    backwards = list(range(len(volume.shape) if volume else 0))[::-1]
    return "permute", {"input": volume, "dims": dims or backwards}


def _norm_rule(p: int) -> Callable[[OnnxNode], Found]:
    return lambda node: (f"norm of {p}", {"input": node.input_tensor(0)})


def _translate_pad(node: OnnxNode) -> Found:
    pads = node.constant_input(1, "pads")
    rank = len(pads or ()) // 2
    if pads is None:
        raise Untranslated("its `pads` are computed")
    if rank < 3:
        return None
    if any(pads[:2] + pads[rank : rank + 2]):
        raise Untranslated("it pads the batch or the channels")
    ends = [pads[k + end] for k in reversed(range(2, rank)) for end in (0, rank)]
    value = node.constant_input(2, "value") or 0
    mode = node.attribute_value("mode", "constant")
    arguments = {"pad": ends, "mode": BORDERS.get(mode, mode)}
    return "pad", {"input": node.input_tensor(0), **arguments, "value": value}


def _translate_resize(node: OnnxNode) -> Found:
    """Without `antialias`, which reads wider windows the more it shrinks: no layer does."""
    if node.attribute_value("antialias", 0):
        raise Untranslated("its `antialias` reads wider windows")
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
    learned = {"weight": node.learned_tensor(1, 1.0), "bias": node.learned_tensor(2, 0.0)}
    return "layer_norm", {"input": volume, "normalized_shape": shape, **learned}


def _instance_norm(node: OnnxNode) -> Found:
    learned = {"weight": node.learned_tensor(1, 1.0), "bias": node.learned_tensor(2, 0.0)}
    return "instance_norm", {"input": node.input_tensor(0), **learned}


def _group_norm(node: OnnxNode) -> Found:
    learned = {"weight": node.learned_tensor(1, 1.0), "bias": node.learned_tensor(2, 0.0)}
    groups = node.attribute_value("num_groups")
    return "group_norm", {"input": node.input_tensor(0), "num_groups": groups, **learned}


def _pixels_rule(operator: str, factor: str) -> Callable[[OnnxNode], Found]:
    return lambda node: (
        operator, {"input": node.input_tensor(0), factor: node.attribute_value("blocksize")}
    )  # fmt: skip


def _limit_rule(one_sided: str, larger: str) -> Callable[[OnnxNode], Found]:
    """The larger or the smaller of a value and a number, or of two values."""

    def rule(node: OnnxNode) -> Found:
        numbers = [number_input(node, index) for index in range(len(node.proto.input))]
        if numbers == [None, None]:
            return larger, {"input": node.input_tensor(0), "other": node.input_tensor(1)}
        if sorted(number is None for number in numbers) != [False, True]:
            return None
        index = numbers.index(None)
        operator = "relu_" if numbers[1 - index] == 0 and larger == "maximum" else one_sided
        return operator, {"input": node.input_tensor(index)}

    return rule


def _translate_concat(node: OnnxNode) -> Found:
    parts = [node.input_tensor(k) for k in range(len(node.proto.input))]
    axis = node.attribute_value("axis") % max(1, len(node.output_size))
    return "cat", {"tensors": parts, "dim": axis}


RULES: dict[str, Callable[[OnnxNode], Any]] = {
    **WINDOWED,
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
        {"input": node.input_tensor(0), "weight": node.weight_tensor(1)},
    ),
    "Pow": _translate_power,
    "Clip": _translate_clip,
    "HardSigmoid": _hard_sigmoid,
    "Softmax": _softmax_rule("softmax"),
    "LogSoftmax": _softmax_rule("log_softmax"),
    "Dropout": _translate_dropout,
    "ReduceMean": _reduction_rule("mean"),
    "ReduceMax": _reduction_rule("amax"),
    "ReduceMin": _reduction_rule("amin"),
    "ReduceSum": _reduction_rule("sum"),
    "ReduceLogSumExp": _reduction_rule("logsumexp"),
    "ReduceL1": _norm_rule(1),
    "ReduceL2": _norm_rule(2),
    "Gather": _translate_gather,
    "Attention": _translate_attention,
    "MaxUnpool": _unpool,
    "Max": _limit_rule("clamp_min", "maximum"),
    "Min": _limit_rule("clamp_max", "minimum"),
    "GroupNormalization": _group_norm,
    "DepthToSpace": _pixels_rule("pixel_shuffle", "upscale_factor"),
    "SpaceToDepth": _pixels_rule("pixel_unshuffle", "downscale_factor"),
    "Expand": _translate_expand,
    "Flatten": lambda node: ("flatten", {"input": node.input_tensor(0)}),
    "Transpose": _translate_transpose,
    "Identity": lambda node: ("identity", {"input": node.input_tensor(0)}),
    "Cast": lambda node: ("identity", {"input": node.input_tensor(0)}),
    "Slice": _translate_slice,
    "Pad": _translate_pad,
    "Resize": _translate_resize,
    "Upsample": _translate_resize,
    "Concat": _translate_concat,
}
