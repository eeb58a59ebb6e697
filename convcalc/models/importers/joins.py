"""Several operators that are one: what exporters write out in ONNX, and functions of torch.

A pattern is a call with patterns of what it takes, from the last operator to the first. Sums
and products take their operands in either order; numbers and weights do not matter.
"""

from collections import Counter
from collections.abc import Callable
from itertools import takewhile
from typing import Any, NamedTuple

from convcalc.facts.torch_calls import Tensor, TracedCall
from convcalc.models.importers.traced import Traced

ROW = 2  # axes of a row of values, with the batch
X = "input"  # any value, the same wherever it stands; so are other words
EITHER_WAY = ("add", "mul")
ROUNDED = 1e-6  # how far float32 may be from 1
Pattern = Any  # a word, or operators as `a|b` and the patterns of what they take
Calls = dict[str, TracedCall]  # by operator; of several the first, and `last mul` the last


class Joined(NamedTuple):
    """What a pattern becomes; `arguments` are told by its calls, None where it is not that."""

    operator: str
    pattern: Pattern
    arguments: Callable[[Calls], dict[str, Any] | None] = lambda calls: {}


def _of_groups(calls: Calls) -> dict[str, Any] | None:
    """Group norm: instance norm of as many channels as there are groups, without weights."""
    norm, first = calls["instance_norm"], calls["view"].values[0]
    if len(norm.values[0].shape) != 3 or norm.has_argument("weight"):
        return None
    learned = {"weight": _only_parameter(calls, "mul"), "bias": _only_parameter(calls, "add")}
    if any(each is not None and each.elements != first.shape[1] for each in learned.values()):
        return None
    return {"num_groups": norm.values[0].shape[1], **learned}


def _only_parameter(calls: Calls, operator: str) -> Tensor | None:
    call = calls.get(operator)
    return next((tensor for tensor in call.parameters), None) if call else None


def _of_slices(calls: Calls) -> dict[str, Any] | None:
    """Local response norm; the average over slices is that over a window in front of them."""
    window = calls["avg_pool2d"].arguments["kernel_size"]
    scale, shift = (calls[name].arguments["other"] for name in ("last mul", "add"))
    if any(side != 1 for side in window[1:]) or not isinstance(scale, float | int):
        return None
    power = calls["pow"].arguments["exponent"]
    return {"size": window[0], "alpha": round(scale, 9), "beta": power, "k": shift}


def _of_powers(calls: Calls) -> dict[str, Any] | None:
    """LPPool2d: the window is its average's, the norm the first power, of which the last is a root.

    Both are float32 in the file.
    """
    pool = calls["avg_pool2d"].arguments
    norm, root = (calls[name].arguments["exponent"] for name in ("pow", "last pow"))
    numbers = all(isinstance(each, float | int) for each in (norm, root))
    if not numbers or abs(norm * root - 1) > ROUNDED:
        return None
    window = {name: pool[name] for name in ("kernel_size", "stride", "ceil_mode")}
    return {**window, "norm_type": round(norm, 6)}


def _of_shuffle(calls: Calls) -> dict[str, Any] | None:
    """Pixels to channels: N, C, H/r, r, W/r, r to N, C, r, r, H/r, W/r; or the way back."""
    parts, dims = calls["view"].output.shape, calls["permute"].arguments["dims"]
    if len(parts) != 6 or dims != [0, 1, 3, 5, 2, 4] or parts[3] != parts[5]:
        return None
    return {"downscale_factor": parts[3]}


def _of_pixels(calls: Calls) -> dict[str, Any] | None:
    parts, dims = calls["view"].output.shape, calls["permute"].arguments["dims"]
    if len(parts) != 6 or dims != [0, 1, 4, 2, 5, 3] or parts[2] != parts[3]:
        return None
    return {"upscale_factor": parts[2]}


def _of_heads(calls: Calls) -> dict[str, Any] | None:
    """Attention: torch's exporters scale queries and keys alike, the keys transposed."""
    *_, rows, columns = range(len(calls["softmax"].output.shape))
    dims = calls["permute"].arguments["dims"] or []
    scales = [calls[name].arguments["other"] for name in ("mul", "last mul")]
    swapped = dims[-2:] == [len(dims) - 1, len(dims) - 2]
    over = calls["softmax"].arguments["dim"] in (columns, -1)
    return {} if scales[0] == scales[1] and swapped and over and rows == 2 else None


ERF = ("add", ("erf", ("div|mul", X)))
TANH = ("add", ("tanh", ("mul", ("add", X, ("mul", ("pow", X))))))
NORMED = ("view", ("instance_norm", ("view", X)))
SHUFFLED = ("view", ("permute", ("view", X)))
POWER = ("pow", X)
AVERAGE = ("avg_pool2d", POWER)
SUMS = ("view", ("avg_pool2d", ("pad", ("view", ("mul", X, X)))))  # of squares
KEYS = ("permute", "key"), ("view", ("permute", ("view", "key")))
SCORES = [("softmax", ("matmul", ("mul", "query"), ("mul", keys))) for keys in KEYS]
JOINED = (
    *(
        Joined("scaled_dot_product_attention", ("matmul", scores, "value"), _of_heads)
        for scores in SCORES
    ),
    Joined("silu_", ("mul", X, ("sigmoid", X))),
    Joined("mish_", ("mul", X, ("tanh", ("softplus", X)))),
    Joined("hardswish_", ("mul", X, ("hardsigmoid", X))),
    Joined("hardswish_", ("div|mul", ("mul", X, ("relu6", ("add", X))))),
    *(Joined("gelu", ("mul", ("mul", X, end))) for end in (ERF, TANH)),
    *(Joined("gelu", ("mul", ("mul", X), end)) for end in (ERF, TANH)),
    *(Joined("gelu", ("mul", X, ("mul", end))) for end in (ERF, TANH)),
    Joined("group_norm", ("add", ("mul", NORMED)), _of_groups),
    Joined("group_norm", NORMED, _of_groups),
    Joined("pixel_unshuffle", SHUFFLED, _of_shuffle),
    Joined("pixel_shuffle", SHUFFLED, _of_pixels),
    *(
        Joined("LocalResponseNorm", ("div", X, ("pow", ("add", ("mul", each)))), _of_slices)
        for each in (SUMS, ("view", SUMS))
    ),
    Joined(
        "LPPool2d",
        ("pow", ("mul", ("mul", ("sign", AVERAGE), ("relu_", ("abs", AVERAGE))))),
        _of_powers,
    ),
)


def _of_lengths(calls: Calls) -> dict[str, Any] | None:
    """F.normalize: the Euclidean length along the channels, which stay an axis of 1."""
    norm = calls["linalg_vector_norm"].arguments
    return {} if norm["ord"] == 2 and norm["dim"] == [1] and norm["keepdim"] else None


LENGTH = ("clamp_min", ("linalg_vector_norm", X))
JOINED_IN_TORCH = (Joined("normalize", ("div", X, ("expand_as", LENGTH, X)), _of_lengths),)


def joined_in_torch(calls: list[TracedCall], traced: Traced) -> list[TracedCall]:
    """The calls with those of torch's functions as one, where they work on volumes or rows.

    Tokens' are not: what is not one of the network's volumes stays as if somebody else took it.
    """
    ranks = {ROW, *(len(each.shape) for each in traced.given)}
    others = [call.output.name for call in calls if len(call.output.shape) not in ranks]
    return joined_calls(calls, [*traced.outputs, *others], JOINED_IN_TORCH)


def joined_calls(
    calls: list[TracedCall], outputs: list[str], wanted: tuple[Joined, ...] = JOINED
) -> list[TracedCall]:
    """The calls with every pattern as one."""
    made = {call.output.name: call for call in calls}
    users = Counter(value.name for call in calls for value in call.values)
    users.update(outputs)
    gone: set[str] = set()
    found: list[TracedCall] = []
    for call in reversed(calls):
        if call.output.name in gone:
            continue
        whole = next(filter(None, (_Match(made, users).join(call, each) for each in wanted)), None)
        if whole:
            joined, inside = whole
            gone |= inside
            call = joined
        found.append(call)
    return [each for each in found[::-1] if each.output.name not in gone]


class _Match:
    """One attempt to find a pattern that ends in a call."""

    def __init__(self, made: dict[str, TracedCall], users: Counter[str]) -> None:
        self.made, self.users = made, users

    def join(self, last: TracedCall, wanted: Joined) -> tuple[TracedCall, set[str]] | None:
        """The call that stands for all, and the names of what is made inside of it."""
        self.words: dict[str, Tensor] = {}
        self.calls: list[TracedCall] = []
        if not self._matches_call(last, wanted.pattern):
            return None
        inner = {call.output.name: call for call in self.calls if call is not last}
        taken = Counter(value.name for call in [*inner.values(), last] for value in call.values)
        if any(self.users[name] != taken[name] for name in inner):
            return None
        by_operator = {f"last {call.operator}": call for call in reversed(self.calls)}
        by_operator |= {call.operator: call for call in self.calls}
        arguments = wanted.arguments(by_operator)
        if arguments is None:
            return None
        place = _common_place([call.place for call in self.calls]) or last.place
        call = TracedCall(wanted.operator, {**self.words, **arguments}, last.output, place)
        return call._replace(word=last.word), set(inner)

    def _matches_call(self, call: TracedCall | None, pattern: Pattern) -> bool:
        operators, *children = pattern
        if call is None or call.operator not in operators.split("|"):
            return False
        if len(call.values) != len(children):
            return False
        self.calls.append(call)
        before = dict(self.words), len(self.calls)
        if self._match_all(call.values, children):
            return True
        self.words = before[0]
        del self.calls[before[1] :]
        return call.operator in EITHER_WAY and self._match_all(call.values[::-1], children)

    def _match_all(self, values: list[Tensor], children: list[Pattern]) -> bool:
        return all(map(self._matches_value, values, children))

    def _matches_value(self, value: Tensor, pattern: Pattern) -> bool:
        if not isinstance(pattern, str):
            call = self.made.get(value.name)
            while call is not None and call.operator == "identity" and len(call.values) == 1:
                self.calls.append(call)
                call = self.made.get(call.values[0].name)
            return self._matches_call(call, pattern)
        return self.words.setdefault(pattern, value).name == value.name


def _common_place(places: list[str]) -> str:
    """The module that all calls stand in."""
    parts = zip(*[place.split(".") for place in places], strict=False)
    return ".".join(words[0] for words in takewhile(lambda words: len({*words}) == 1, parts))


def with_biases(calls: list[TracedCall], outputs: list[str]) -> list[TracedCall]:
    """The bias of a product of matrices, which stands as a sum behind it.

    Keras adds that of a convolution to N, H, W, C: behind the permutation that turns it so.
    """
    made = {call.output.name: call for call in calls}
    users = Counter(value.name for call in calls for value in call.values)
    users.update(outputs)
    becomes: dict[str, TracedCall | None] = {}
    for call in calls:
        if call.operator != "add" or len(call.values) != 1 or len(call.parameters) != 1:
            continue
        before = _only_taken(call, made, users)
        turned = before if before is not None and before.operator == "permute" else None
        product = _only_taken(turned, made, users) if turned else before
        if product is None or not _can_have_bias(product, call, turned):
            continue
        biased = product._replace(arguments={**product.arguments, "bias": call.parameters[0]})
        becomes[product.output.name] = biased if turned else None
        if turned:
            becomes[turned.output.name] = None
        becomes[call.output.name] = (turned or biased)._replace(output=call.output)
    found = [becomes.get(call.output.name, call) for call in calls]
    return [call for call in found if call is not None]


def _only_taken(
    call: TracedCall, made: dict[str, TracedCall], users: Counter[str]
) -> TracedCall | None:
    """What gives the value that a call takes, if nothing else takes it."""
    before = made.get(call.values[0].name) if call.values else None
    return before if before is not None and users[before.output.name] == 1 else None


def _can_have_bias(product: TracedCall, added: TracedCall, turned: TracedCall | None) -> bool:
    """Whether what is added behind a product, which is perhaps turned, is a number a channel."""
    bias, rank = added.parameters[0], len(product.output.shape)
    if product.has_argument("bias") or product.operator not in ("linear", "conv2d"):
        return False
    depth = bias.elements
    last = bias.shape in ((depth,), (*[1] * (rank - 1), depth))
    if product.operator == "linear":
        return not turned and bias.shape == (depth,)
    if depth != product.output.shape[1]:
        return False
    if turned:
        return last and list(turned.arguments["dims"]) == [0, *range(2, rank), 1]
    ones = [1] * (rank - 2)
    return bias.shape in ((depth, *ones), (1, depth, *ones))
