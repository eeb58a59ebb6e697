"""Any operator of PyTorch that no layer type stands for."""

import re
from dataclasses import dataclass
from math import prod
from typing import ClassVar

from convcalc.facts import operators as ops
from convcalc.facts.kinds import Form, Kind
from convcalc.facts.layer_facts import Buffer, LayerFacts, Parameter, Problem
from convcalc.facts.operators.recorded import read_record
from convcalc.facts.shape import Shape, shape_of_sizes
from convcalc.facts.torch_calls import ObservedCall
from convcalc.layers import _options as opt
from convcalc.layers._base import Layer, Options

SIZES = re.compile(r"(\d+(x\d+)*)?")


def sizes_text(sizes: tuple[int, ...]) -> str:
    """Sizes with `x` in between; nothing for a single number."""
    return "x".join(map(str, sizes))


class TensorSizes(Kind):
    """The sizes of a tensor, or with `several` of tensors with blanks in between."""

    nouns = ("sizes such as 197x768",)

    def __init__(self, several: bool = False) -> None:
        self.several = several

    def __call__(self, value: object) -> str:
        """As they are written."""
        text = sizes_text(value) if isinstance(value, tuple) else str(value)
        words = text.split() if self.several else [text]
        if isinstance(value, bool) or not all(map(SIZES.fullmatch, words)):
            raise self.refusal(value)
        return text

    def forms(self) -> list[Form]:
        """A text, or one number."""
        one = SIZES.pattern
        pattern = f"^{one}( {one})*$" if self.several else f"^{one}$"
        return [{"type": "string", "pattern": pattern}, {"type": "integer", "minimum": 0}]


class RecordLine(Kind):
    """A record (`convcalc.facts.operators.recorded`)."""

    nouns = ("a record in six parts",)

    def __call__(self, value: object) -> str:
        """As it is written."""
        return str(read_record(value))

    def forms(self) -> list[Form]:
        """A text."""
        return [{"type": "string"}]


@dataclass(frozen=True)
class OperatorLayer(Layer):
    """One operator of an imported model, with the memory that PyTorch was seen to use for it.

    Its size holds for the input of the import; `shape` is in PyTorch's order, without the batch.
    """

    keyword: ClassVar[str] = "OPERATOR"
    inputs: ClassVar[tuple[int, int | None]] = (1, None)

    computes: ClassVar[tuple[str, ...]] = ("*",)  # whatever was observed

    runs: str = opt.option("", opt.any_text)
    shape: str = opt.option("", TensorSizes())
    record: str = opt.option("", RecordLine(), shown="never")
    given: str = opt.option("", TensorSizes(), "", shown="never")
    index: int = opt.option("", opt.non_negative, 0, shown="changed")
    macs: int = opt.option("", opt.non_negative, 0, shown="never")
    parameters: str = opt.option("", TensorSizes(several=True), "", shown="changed")
    buffers: str = opt.option("", TensorSizes(several=True), "", shown="changed")

    @classmethod
    def from_observed(cls, call: ObservedCall) -> Options | None:
        """Everything that was observed."""
        return {
            "runs": call.operator,
            "shape": sizes_text(call.shape),
            "record": str(call.record),
            "given": call.given,
            "index": call.part,
            "macs": call.macs,
            "parameters": " ".join(sizes_text(each) or "1" for each in call.parameters),
            "buffers": " ".join(sizes_text(each) or "1" for each in call.buffers),
        }

    def facts_for(self, inputs: tuple[Shape, ...], rounding: str) -> LayerFacts:
        """What was observed."""
        record = read_record(self.record)
        output = shape_of_sizes(_numbers(self.shape), len(inputs[0].sides))
        own = tuple(
            Parameter(f"parameter{k}", _numbers(sizes))
            for k, sizes in enumerate(self.parameters.split())
        )
        held = tuple(
            Buffer(f"buffer{k}", prod(_numbers(sizes)))
            for k, sizes in enumerate(self.buffers.split())
        )
        taken = sum(place.startswith("i") for place in record.takes)
        operator = ops.Operator(
            self.runs,
            output.elements,
            tuple(range(taken)),
            tuple(range(len(own))),
            recorded=record,
            parts=(self.index,),
        )
        other = self.given and self.given != str(inputs[0])
        problem = Problem(
            "other-size",
            f"{self.runs} was recorded for {self.given}, and is given {inputs[0]}",
            "import the model anew with this --input",
        )
        return LayerFacts(
            output,
            0 if any(place[0] == "i" for place, _ in record.results) else output.elements,
            parameters=own,
            buffers=held,
            macs=self.macs,
            problems=(problem,) if other else (),
            operators=(operator,),
        )


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(map(int, text.split("x"))) if text else ()


LAYER = OperatorLayer
