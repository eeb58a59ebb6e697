"""Any operator of PyTorch that no layer type stands for."""

import re
from collections.abc import Iterable
from math import prod
from typing import ClassVar

from convcalc.facts import operators as ops
from convcalc.facts.kinds import Form, Kind, SizeAlongAxes, WordOr
from convcalc.facts.layer_facts import (
    BATCH_FOLDED,
    Buffer,
    LayerFacts,
    Parameter,
    Problem,
)
from convcalc.facts.operators.autocast import autocast_rule
from convcalc.facts.operators.recorded import (
    NO_CALL,
    UNUSED,
    RecordedCall,
    read_record,
    record_pattern,
)
from convcalc.facts.setup import BYTES, OWN
from convcalc.facts.shape import Shape, Vector, shape_of_sizes
from convcalc.facts.torch_calls import CHANNELS_LAST, ObservedCall, Owned
from convcalc.layers import _options as opt
from convcalc.layers._base import Layer, Options

FOLDED = "folded"
WHOLE = ops.WHOLE.name
LAYOUTS = opt.one_word(*(each.name.lower() for each in ops.Layout), CHANNELS_LAST)
SIZES = r"([0-9]+(x[0-9]+)*)?"
OF_TYPE = rf"{SIZES}[{''.join(BYTES)}]?"


def sizes_text(sizes: tuple[int, ...]) -> str:
    """Sizes with `x` in between; nothing for a single number."""
    return "x".join(map(str, sizes))


class TensorSizes(Kind):
    """The sizes of a tensor, or with `several` of tensors with blanks in between.

    `typed`: a record's letter behind them is a type other than the network's.
    """

    nouns = ("sizes such as 197x768",)

    def __init__(self, several: bool = False, typed: bool = False) -> None:
        self.several = several
        self.pattern = OF_TYPE if typed else SIZES

    def __call__(self, value: object) -> str:
        """As they are written."""
        text = sizes_text(value) if isinstance(value, tuple) else str(value)
        words = text.split() if self.several else [text]
        if isinstance(value, bool) or not all(re.fullmatch(self.pattern, word) for word in words):
            raise self.refusal(value)
        return text

    def forms(self) -> list[Form]:
        """A text, one number, or a mapping with a key an axis."""
        one = self.pattern
        pattern = f"^{one}( {one})*$" if self.several else f"^{one}$"
        sizes = SizeAlongAxes(0).forms()
        return [{"type": "string", "pattern": pattern}, *sizes]


class RecordLine(Kind):
    """A record (`convcalc.facts.operators.recorded`)."""

    nouns = ("a record in six parts or seven",)

    def __call__(self, value: object) -> str:
        """As it is written."""
        return str(read_record(value))

    def forms(self) -> list[Form]:
        """A text."""
        return [{"type": "string", "pattern": record_pattern()}]


class OperatorLayer(Layer):
    """One operator of an imported model, with the memory that PyTorch was seen to use for it.

    Its size holds for the input of the import; `shape` is in PyTorch's order, without the batch,
    which is the first axis, or `batch_axis`, or `folded` into the first. `layout` says whether an
    image's values lie without gaps.
    """

    keyword: ClassVar[str] = "OPERATOR"
    inputs: ClassVar[tuple[int, int | None]] = (1, None)
    shares_any: ClassVar[bool] = True

    computes: ClassVar[tuple[str, ...]] = ("*",)  # whatever was observed

    runs: str = opt.option("", opt.any_text)
    shape: str = opt.option("", TensorSizes())
    record: str = opt.option("", RecordLine(), "", shown="never")
    given: str = opt.option("", TensorSizes(), "", shown="never")
    batch_axis: int | str = opt.option("", WordOr(FOLDED, opt.non_negative), 0, shown="changed")
    index: int = opt.option("", opt.non_negative, 0, shown="changed")
    spatial_axes: int = opt.option("axes", opt.non_negative, 0, shown="never")  # 0: as taken
    layout: str = opt.option("", LAYOUTS, "whole", shown="never")
    macs: int = opt.option("", opt.non_negative, 0, shown="never")
    parameters: str = opt.option("", TensorSizes(several=True, typed=True), "", shown="changed")
    buffers: str = opt.option("", TensorSizes(several=True, typed=True), "", shown="changed")

    @classmethod
    def from_observed(cls, call: ObservedCall) -> Options | None:
        """Everything that was observed."""
        return {
            "runs": call.operator,
            "shape": sizes_text(call.shape),
            "record": "" if call.operator == UNUSED else str(call.record),
            "given": call.given,
            "batch_axis": FOLDED if call.batch_axis == BATCH_FOLDED else call.batch_axis,
            "index": call.part,
            "spatial_axes": call.axes,
            "layout": call.layout,
            "macs": call.macs,
            "parameters": _several_sizes(call.parameters),
            "buffers": _several_sizes(call.buffers),
        }

    def check_options(self) -> None:
        """Refuse a record of other results and operands than the layer has."""
        if not self.record:
            if self.runs != UNUSED:
                raise ValueError("`record` is missing: what PyTorch was seen to do")
            return
        record = read_record(self.record)
        if self.index >= len(record.results):
            raise ValueError(f"index={self.index} names none of its {len(record.results)} results")
        if _operands(record, "p") != set(range(len(self.parameters.split()))):
            raise ValueError("`record` takes other parameters than `parameters` has")

    def axes_behind(self, axes: int) -> int:
        """As many as it takes, unless the network has volumes of several numbers of axes."""
        return self.spatial_axes or axes

    def facts_for(self, inputs: tuple[Shape, ...], rounding: str) -> LayerFacts:
        """What was observed."""
        record = read_record(self.record) if self.record else NO_CALL
        output = (
            shape_of_sizes(_numbers(self.shape), self.axes_behind(len(inputs[0].sides)))
            if self.record
            else inputs[0]
        )
        own = tuple(
            Parameter(f"parameter{k}", sizes, dtype=dtype)
            for k, (sizes, dtype) in enumerate(map(_owned_tensor, self.parameters.split()))
        )
        held = tuple(
            Buffer(f"buffer{k}", prod(sizes), dtype)
            for k, (sizes, dtype) in enumerate(map(_owned_tensor, self.buffers.split()))
        )
        taken, last = _operands(record, "i"), self.layout == CHANNELS_LAST
        operator = ops.Operator(
            self.runs,
            output.elements,
            tuple(sorted(taken)),
            tuple(range(len(own))),
            autocast=autocast_rule(self.runs),
            recorded=record,
            layout=ops.Layout[WHOLE if last else self.layout.upper()],
            channels_last=last,
            parts=(self.index,),
        )
        problems = []
        if self.given and not _has_size(inputs[0], self.given):
            said = f"{self.runs} was recorded for {self.given}, and is given {inputs[0]}"
            problems.append(Problem("recorded", said, "import the model anew with this --input"))
        if taken and taken != set(range(len(inputs))):
            said = f"{self.runs} was recorded with other inputs than the {len(inputs)} that it has"
            problems.append(Problem("recorded", said))
        if self.runs == UNUSED:
            problems.append(_unused_note(own, held))
        return LayerFacts(
            output,
            0 if any(place[0] == "i" for place, _ in record.results) else output.elements,
            parameters=own,
            buffers=held,
            macs=self.macs,
            problems=tuple(problems),
            operators=() if problems or not self.record else (operator,),
            batch_axis=BATCH_FOLDED if self.batch_axis == FOLDED else int(self.batch_axis),
        )


def _unused_note(parameters: tuple[Parameter, ...], buffers: tuple[Buffer, ...]) -> Problem:
    counts = (("parameters", parameters), ("buffers", buffers))
    said = [f"{sum(e.elements for e in held):,} {word}" for word, held in counts if held]
    message = f"registered and never used: {' and '.join(said)} that count, and get no gradient"
    return Problem("unused", message, severity="note")


def _has_size(shape: Shape, written: str) -> bool:
    """Whether a size is written so; a row may come from a volume of any number of axes."""
    if not isinstance(shape, Vector):
        return written == str(shape)
    values = [size for size in _numbers(written) if size != 1]
    return values == [size for size in shape if size != 1]


def _several_sizes(tensors: Iterable[Owned]) -> str:
    return " ".join(
        (sizes_text(each) or "1") + letter * (letter != OWN) for each, letter in tensors
    )


def _owned_tensor(written: str) -> Owned:
    """The sizes of one of them, and its type."""
    sizes = written.rstrip("".join(BYTES))
    return _numbers(sizes), written[len(sizes) :] or OWN


def _operands(record: RecordedCall, kind: str) -> set[int]:
    """Which inputs (`i`) or parameters (`p`) a record takes."""
    return {int(place[1:]) for place in record.takes if place[0] == kind}


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(map(int, text.split("x"))) if text else ()


LAYER = OperatorLayer
