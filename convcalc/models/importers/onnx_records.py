"""What PyTorch does with the memory for operators of ONNX files that no layer stands for.

Each record is what a CPU was seen to do for torch's operator of that name
(tests/oracle/test_onnx_records.py holds them to it). It is written as in
`convcalc.facts.operators.recorded` without `takes`: `t0`, `t1` are the tensors that the call
takes, X and Y stand for the sizes of the first of them and of the result.
"""

import re
from collections import Counter
from collections.abc import Callable
from math import prod
from typing import Any, NamedTuple

from convcalc.facts.layer_facts import BATCH_FOLDED
from convcalc.facts.operators.recorded import COPIED, PLACED, RecordedCall, RecordedSize
from convcalc.facts.setup import OWN
from convcalc.facts.torch_calls import BUFFER, PARAMETER, VALUE, Tensor, TracedCall

Strides = tuple[int, ...]
OF_RESULT = "+Y | 0=Y | 0 | +X | t0=1"
OF_INPUT = "+Y | 0=Y | t0 | +X | t0=1"
OF_NOTHING = "+Y | 0=Y | | +X | t0=1"
TWICE = "+Y | 0=Y | t0 | +X +X -1 | t0=2"
THRICE = "+Y | 0=Y | t0 | +X +X +X -1 -2 | t0=3"
THRICE_OF_RESULT = "+Y | 0=Y | 0 | +X +X +X -1 -2 | t0=3"
EXTREME = "+Y | 0=Y | t0 0 | +Xb +Yl +Y +X -1 -2 -3 | t0=4"
LARGER = "+Y | 0=Y | t0 t1 | +Y +Yb +Y +Yb -1 -2 -4 +Y +Yb +Y +Yb -5 -6 -8 | t0=7 t1=3"
VIEW, COPY = "| t0=Y | | | t0=g0", "+Y | 0=Y | | | t0=g0"
PART = "| t0=Y | | +X | t0=0"  # its gradient is one of zeros for the rest
FORMS = {
    **dict.fromkeys(("exp", "sigmoid", "tanh", "relu", "softmax", "log_softmax"), OF_RESULT),
    **dict.fromkeys(("log", "gelu", "silu", "mish", "softplus", "leaky_relu", "elu", "selu", "celu",
                     "hardsigmoid", "hardswish", "hardtanh"), OF_INPUT),
    **dict.fromkeys(("neg", "sign", "round", "floor", "ceil", "mean"), OF_NOTHING),
    **dict.fromkeys(("abs", "sin"), TWICE),
    **dict.fromkeys(("cos", "atan", "pow"), THRICE),
    **dict.fromkeys(("tan", "reciprocal"), THRICE_OF_RESULT),
    **dict.fromkeys(("amax", "amin", "max"), EXTREME),
    **dict.fromkeys(("maximum", "minimum"), LARGER),
    **dict.fromkeys(("slice", "select", "expand"), PART),
    "sqrt": "+Y | 0=Y | 0 | +X +X -1 | t0=2",
    "erf": "+Y | 0=Y | t0 | +X +X +X +X +X -1 -2 -3 -4 | t0=5",
    **dict.fromkeys(("clamp_min", "clamp_max"), "+Y | 0=Y | t0 | +N +Xb +X -1 -2 | t0=3"),
    "sum": COPY,
    "logsumexp": "+Y | 0=Y | t0 0 | +X +X +X -1 -2 | t0=3",
    "norm of 1": "+Y | 0=Y | t0 0 | +X +X -1 | t0=2",
    "norm of 2": "+Y | 0=Y | t0 0 | +X +Yb +X -1 -2 | t0=3",
    "index_select": "+Y | 0=Y | t1 | +X +X -1 | t0=2",
    "max_unpool2d": "+Y | 0=Y | t1 | +X | t0=1",
}  # fmt: skip
REDUCING = ("mean", "amax", "amin", "max", "sum", "logsumexp", "softmax", "log_softmax",
            "norm of 1", "norm of 2", "index_select")  # fmt: skip
MOST_PARTS = 23  # A to W
NUMBER = Tensor("", (), BUFFER)
SIZE = re.compile(r"([A-Z])([a-z]?)")


class Known(NamedTuple):
    """A call with its record; `takes` are the names of the tensors that it is given."""

    takes: tuple[str, ...]
    record: RecordedCall
    macs: int = 0
    part: int = 0  # which result, where there are several
    image: tuple[tuple[int, ...], int] = ((), 0)  # its sizes; where the batch stands


def known_records(calls: list[TracedCall], batch: int) -> dict[str, Known]:
    """The records of calls whose memory is known, by the names of what they give."""
    return _Recorder(calls, batch).records


def _image_sizes(
    shape: tuple[int, ...], size: RecordedSize, batch: int
) -> tuple[tuple[int, ...], int]:
    """The sizes for one image, without the axis that the batch is or with its share of it."""
    axis = next((k for k, each in enumerate(shape) if each % batch == 0), None)
    if size.fixed or not size.per_image or axis is None:
        return shape, 0
    before, after = shape[:axis], shape[axis + 1 :]
    if shape[axis] == batch:
        return (*before, *after), axis
    return (*before, shape[axis] // batch, *after), BATCH_FOLDED


class _Recorder:
    """Goes through the calls, and follows how what they give lies in memory."""

    def __init__(self, calls: list[TracedCall], batch: int) -> None:
        self.batch = batch
        self.strides: dict[str, Strides] = {}
        self.users = Counter(value.name for call in calls for value in call.values)
        self.next: dict[str, TracedCall] = {value.name: call for call in calls
                                            for value in call.values}  # fmt: skip
        self.learned = Counter(each.name for call in calls for each in call.parameters)
        self.splits: dict[tuple[Any, ...], Known] = {}
        self.records: dict[str, Known] = {}
        for call in calls:
            try:
                found = self._known_call(call)
            except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
                continue  # its type and sizes are right: what it is told has no meaning together
            if found is not None:
                size = found.record.results[found.part][1]
                image = _image_sizes(call.output.shape, size, self.batch)
                self.records[call.output.name] = found._replace(image=image)

    def _known_call(self, call: TracedCall) -> Known | None:
        operator = call.operator.rstrip("_")
        given = list({each.name: each for each in call.tensors}.values())
        rule = RULES.get(operator)
        if not given or not given[0].shape or not call.output.shape:
            return None
        if rule is not None:
            return rule(self, call, given)
        form = FORMS.get(operator)
        if form is None or given[0].kind != VALUE:
            return None
        if operator not in REDUCING and given[0].shape == call.output.shape:
            self.strides[call.output.name] = self._dense_strides(given[0])
        return self._from_form(form, call, given)

    def _from_form(
        self, form: str, call: TracedCall, given: list[Tensor], macs: int = 0, **sizes: Tensor | int
    ) -> Known:
        """The record that a form is for these tensors; `sizes` are of other letters.

        A sixth part is what it does without gradients, with the places of the results.
        """
        counts = {"X": given[0], "Y": call.output, "N": NUMBER, **sizes}

        def size(word: str) -> RecordedSize:
            letter, kind = SIZE.fullmatch(word).groups()  # type: ignore[union-attr]  # forms have it
            held = counts[letter]
            fixed = isinstance(held, Tensor) and held.kind != VALUE
            count = held.elements if isinstance(held, Tensor) else held
            per_image, rest = (0, count) if fixed else divmod(count, self.batch)
            return RecordedSize(per_image, rest, kind or OWN)

        def event(word: str) -> RecordedSize | str:
            return size(word[1:]) if word[0] == "+" else word[1:]

        forward, results, keeps, backward, sends, *more = (p.split() for p in form.split("|"))
        alone = [word for part in more for word in part]
        names = {f"t{k}": each.name for k, each in enumerate(given)}
        halves = [word.split("=") for word in sends]
        record = RecordedCall(
            (),
            tuple(map(event, forward)),
            tuple((place, size(word)) for place, word in (each.split("=") for each in results)),
            tuple(keeps),
            tuple(map(event, backward)),
            tuple((names[operand], self._sent(names[operand], place)) for operand, place in halves),
            tuple(event(word) for word in alone if word[0] != PLACED),
            tuple(word[1:] for word in alone if word[0] == PLACED),
        )
        return Known(tuple(names.values()), record, macs)

    def _sent(self, name: str, place: str) -> str:
        """Where a gradient is; of a parameter that several calls take, `.grad` gets a copy."""
        return COPIED + place if self.learned[name] > 1 and place.isdecimal() else place

    def strides_of(self, tensor: Tensor) -> Strides:
        """How a tensor lies: the distance of neighbours along each axis."""
        return self.strides.get(tensor.name) or strides_of_shape(tensor.shape)

    def _dense_strides(self, tensor: Tensor) -> Strides:
        """How the result of an operator on every value lies: as its input, without its gaps."""
        strides, rank = self.strides_of(tensor), len(tensor.shape)
        order = sorted(range(rank), key=lambda axis: (-strides[axis], axis))
        found, step = [0] * rank, 1
        for axis in reversed(order):
            found[axis] = step
            step *= tensor.shape[axis]
        return tuple(found)

    def _view(self, call: TracedCall, given: list[Tensor]) -> Known:
        """Another shape: a copy where what it is of does not lie so."""
        seen = viewed_strides(given[0].shape, self.strides_of(given[0]), call.output.shape)
        if seen is None:
            return self._from_form(COPY, call, given)
        self.strides[call.output.name] = seen
        return self._from_form(PART if self._copies_gradient(call) else VIEW, call, given)

    def _copies_gradient(self, call: TracedCall) -> bool:
        """Whether a view's gradient comes permuted from a product, so that it has to be copied."""
        after = self.next.get(call.output.name)
        if after is None or self.users[call.output.name] > 1 or after.operator != "permute":
            return False
        product = self.next.get(after.output.name)
        if product is None or product.operator not in ("matmul", "scaled_dot_product_attention"):
            return False
        strides, dims = strides_of_shape(after.output.shape), after.arguments["dims"]
        back = tuple(strides[dims.index(axis)] for axis in range(len(dims)))
        return viewed_strides(call.output.shape, back, call.values[0].shape) is None

    def _permutation(self, call: TracedCall, given: list[Tensor]) -> Known:
        dims = call.arguments["dims"]
        strides = self.strides_of(given[0])
        self.strides[call.output.name] = tuple(strides[dim] for dim in dims)
        return self._from_form(VIEW, call, given)

    def _sliced(self, call: TracedCall, given: list[Tensor]) -> Known | None:
        if given[0].kind != VALUE:
            return None
        strides = list(self.strides_of(given[0]))
        strides[call.arguments["dim"]] *= call.arguments.get("step") or 1
        self.strides[call.output.name] = tuple(strides)
        return self._from_form(PART, call, given)

    def _selected(self, call: TracedCall, given: list[Tensor]) -> Known:
        strides, dim = list(self.strides_of(given[0])), call.arguments["dim"]
        self.strides[call.output.name] = tuple(strides[:dim] + strides[dim + 1 :])
        return self._from_form(PART, call, given)

    def _split(self, call: TracedCall, given: list[Tensor]) -> Known | None:
        """One call for all of the parts."""
        whole, parts, dim = given[0], tuple(call.arguments["parts"]), call.arguments["dim"]
        if len(parts) > MOST_PARTS:
            return None
        self.strides[call.output.name] = self.strides_of(whole)
        if (whole.name, parts, dim) not in self.splits:
            letters = [chr(ord("A") + k) for k in range(len(parts))]
            counts = [whole.elements // whole.shape[dim] * part for part in parts]
            form = f"| {' '.join(f't0={each}' for each in letters)} | | +X | t0=0"
            sizes = dict(zip(letters, counts, strict=True))
            self.splits[whole.name, parts, dim] = self._from_form(form, call, given, **sizes)
        return self.splits[whole.name, parts, dim]._replace(part=call.arguments["index"])

    def _maxima(self, call: TracedCall, given: list[Tensor]) -> Known:
        """A pool and where its maxima are, in one call."""
        key = (given[0].name, call.place)
        if key not in self.splits:
            form = "+Y +Yl | 0=Y 1=Yl | t0 1 | +X | t0=2"
            self.splits[key] = self._from_form(form, call, given)
        return self.splits[key]._replace(part=call.arguments["index"])

    def _joined(self, call: TracedCall, given: list[Tensor]) -> Known | None:
        if any(each.kind == BUFFER for each in given):
            return None
        sends = " ".join(f"t{k}=g0" for k in range(len(given)))
        return self._from_form(f"+Y | 0=Y | | | {sends}", call, given)

    def _sum(self, call: TracedCall, given: list[Tensor]) -> Known | None:
        """A sum or a difference: a gradient is the result's, its negative, or summed up."""
        self.strides[call.output.name] = self._dense_strides(self._fuller(given, call.output))
        if not isinstance(call.arguments.get("other"), Tensor):
            return self._from_form(COPY if call.operator != "rsub" else OF_NOTHING, call, given)
        if len(given) == 1:
            return self._from_form(f"{COPY} t0=g0", call, given) if call.operator == "add" else None
        made, sends = [], ["t0=g0", "t1=g0"]
        if call.operator == "sub" and given[1].kind != BUFFER:
            made.append("+Y")
            sends[1] = "t1=1"
        for index, each in enumerate(given):
            if each.kind != BUFFER and each.shape != call.output.shape:
                made.append("+A" if index == 0 else "+B")
                sends[index] = f"t{index}={sum(word[0] == '+' for word in made)}"
                made += ["-1"] * (index == 1 and call.operator == "sub")
        sends = [send for send, each in zip(sends, given, strict=True) if each.kind != BUFFER]
        form = f"+Y | 0=Y | | {' '.join(made)} | {' '.join(sends)}"
        return self._from_form(form, call, given, A=given[0], B=given[1])

    def _fuller(self, given: list[Tensor], output: Tensor) -> Tensor:
        return next((each for each in given if each.shape == output.shape), output)

    def _product(self, call: TracedCall, given: list[Tensor]) -> Known | None:
        """A product or a quotient, both of which autograd works out before it sums up."""
        self.strides[call.output.name] = self._dense_strides(self._fuller(given, call.output))
        if not isinstance(call.arguments.get("other"), Tensor):
            return self._from_form(OF_NOTHING, call, given)
        divides = call.operator == "div"
        if len(given) == 1:
            form = "+Y | 0=Y | t0 | +Y +Y | t0=2 t0=1"
            return None if divides else self._from_form(form, call, given)
        wanted = [index for index in (1, 0) if given[index].kind != BUFFER]
        made, places = [], {}
        for index in wanted:
            made += ["+Y +Y +Y +Y -1 -2 -3"] if divides and index == 1 else ["+Y"]
            places[index] = " ".join(made).count("+")
        for index in wanted[::-1]:
            if given[index].shape != call.output.shape:
                made.append(f"+{'AB'[index]} -{places[index]}")
                places[index] = " ".join(made).count("+")
        keeps = "t0 t1" if len(wanted) == 2 else "t1" if wanted == [0] else "t0"
        sends = " ".join(f"t{index}={place}" for index, place in sorted(places.items()))
        form = f"+Y | 0=Y | {keeps} | {' '.join(made)} | {sends}"
        return self._from_form(form, call, given, A=given[0], B=given[1])

    def _linear(self, call: TracedCall, given: list[Tensor]) -> Known | None:
        """A product with a weight; what does not lie in rows is copied before."""
        volume, weight, bias = given[0], given[1], call.arguments.get("bias")
        if volume.kind != VALUE or weight.kind != PARAMETER or len(given) != 3 - (bias is None):
            return None
        rows = (volume.elements // volume.shape[-1], volume.shape[-1])
        lies = viewed_strides(volume.shape, self.strides_of(volume), rows) is not None
        form = {
            (True, True): "+Y | 0=Y | t1 t0 | +X +P +B -g0 | t2=3 t1=2 t0=1",
            (True, False): "+Y | 0=Y | t1 t0 | +P +X -g0 | t0=2 t1=1",
            (False, True): (
                "+X +Y +Y -1 | 2=Y | t1 0 | +B +P +X -0 -g0 | t2=3 t0=5 t1=4 | +X +Y -0 +Y -1 =2"
            ),
            (False, False): "+X +Y | 1=Y | t1 0 | +P +X -0 -g0 | t0=3 t1=2",
        }[lies, bias is not None]
        macs = call.output.elements * volume.shape[-1] // self.batch
        return self._from_form(form, call, given, macs, P=weight, B=given[-1])

    def _matmul(self, call: TracedCall, given: list[Tensor]) -> Known | None:
        """A product of two values, image by image; what cannot be seen as a row of matrices
        is copied before.
        """
        if len(given) != 2 or any(each.kind != VALUE for each in given):
            return None
        first, second = given
        if len(first.shape) < 3 or first.shape[:-2] != second.shape[:-2]:
            return None
        made: list[str] = []
        keeps: list[str] = []
        for index, each in enumerate(given):
            matrices = (prod(each.shape[:-2]), *each.shape[-2:])
            if viewed_strides(each.shape, self.strides_of(each), matrices) is None:
                keeps.append(str(len(made)))
                made.append(f"+{'AB'[index]}")
            else:
                keeps.append(f"t{index}")
        copies, count = " ".join(f"-{k}" for k in range(len(made))), len(made)
        form = (
            f"{' '.join(made)} +Y | {count}=Y | {' '.join(keeps)} | "
            f"+B +A {copies} -g0 | t1={count + 1} t0={count + 2}"
        )
        macs = call.output.elements * first.shape[-1] // self.batch
        return self._from_form(form, call, given, macs, A=first, B=second)

    def _attention(self, call: TracedCall, given: list[Tensor]) -> Known | None:
        """Scaled dot products by the kernel that keeps no scores: a number a row besides."""
        if len(given) != 3 or any(each.kind != VALUE or len(each.shape) != 4 for each in given):
            return None
        query, key, value = given
        if query.shape[:2] != key.shape[:2]:
            return None
        rows = prod(query.shape[:3])
        form = "+Y +R | 0=Y | t0 t1 t2 0 1 | +X +K +V | t0=2 t1=3 t2=4"
        macs = rows * key.shape[2] * (query.shape[3] + value.shape[3]) // self.batch
        return self._from_form(form, call, given, macs, R=rows, K=key, V=value)

    def _layer_norm(self, call: TracedCall, given: list[Tensor]) -> Known | None:
        rows = given[0].elements // prod(call.arguments["normalized_shape"])
        forms = {
            1: "+Y +R +R | 0=Y | t0 1 2 | +X | t0=3",
            2: "+Y +R +R | 0=Y | t1 t0 1 2 | +X +P | t0=3 t1=4",
            3: "+Y +R +R | 0=Y | t1 t2 t0 1 2 | +X +P +P | t0=3 t1=4 t2=5",
        }
        return self._from_form(forms[len(given)], call, given, R=rows, P=given[-1])


RULES: dict[str, Callable[[_Recorder, TracedCall, list[Tensor]], Known | None]] = {
    **dict.fromkeys(("view", "flatten"), _Recorder._view),
    **dict.fromkeys(("add", "sub", "rsub"), _Recorder._sum),
    **dict.fromkeys(("mul", "div"), _Recorder._product),
    "permute": _Recorder._permutation,
    "slice": _Recorder._sliced,
    "select": _Recorder._selected,
    "chunk": _Recorder._split,
    "max_pool2d_with_indices": _Recorder._maxima,
    "cat": _Recorder._joined,
    "linear": _Recorder._linear,
    "matmul": _Recorder._matmul,
    "scaled_dot_product_attention": _Recorder._attention,
    "layer_norm": _Recorder._layer_norm,
}


def strides_of_shape(shape: tuple[int, ...]) -> Strides:
    """Of a tensor that lies without gaps in the order of its axes."""
    found, step = [], 1
    for side in reversed(shape):
        found.append(step)
        step *= side
    return tuple(found[::-1])


def viewed_strides(
    shape: tuple[int, ...], strides: Strides, wanted: tuple[int, ...]
) -> Strides | None:
    """The strides of a view of another shape; None where it has to be copied.

    Source: computeStride of ATen/TensorUtils.cpp. Neighbouring axes that lie one behind the
    other are one; the wanted axes must divide these.
    """
    found: list[int] = []
    axis, left = len(wanted) - 1, 1
    base, count = (strides[-1] if strides else 1), 1
    for k in reversed(range(len(shape))):
        count *= shape[k]
        ends = k == 0 or (shape[k - 1] != 1 and strides[k - 1] != count * base)
        if not ends:
            continue
        while axis >= 0 and (left < count or wanted[axis] == 1):
            found.append(left * base)
            left *= wanted[axis]
            axis -= 1
        if left != count:
            return None
        if k:
            base, count, left = strides[k - 1], 1, 1
    return tuple(found[::-1]) if axis < 0 else None
