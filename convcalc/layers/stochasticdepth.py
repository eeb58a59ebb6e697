"""Stochastic depth: whole branches left out at random."""

from typing import ClassVar

from convcalc.facts import operators as ops
from convcalc.facts.shape import Shape
from convcalc.facts.torch_calls import TracedCall
from convcalc.facts.torch_code import ANY, Code, CodeArgument
from convcalc.layers._base import Options
from convcalc.layers._options import one_word, option, read_fraction
from convcalc.layers._pointwise import Pointwise

HELPER = '''\
class StochasticDepth(nn.Module):
    """In training, zero with probability p for an image ("row") or for the batch."""

    def __init__(self, p: float, mode: str) -> None:
        super().__init__()
        self.p, self.mode = p, mode

    def forward(self, x: Tensor) -> Tensor:
        if not self.training or self.p == 0:
            return x
        size = [len(x) if self.mode == "row" else 1] + [1] * (x.dim() - 1)
        noise = torch.empty(size, dtype=x.dtype, device=x.device).bernoulli_(1 - self.p)
        if self.p < 1:
            noise.div_(1 - self.p)
        return x * noise
'''


class StochasticDepth(Pointwise):
    """In training a branch is zero with probability p, for an image ("row") or the batch.

    Source: Huang et al., "Deep Networks with Stochastic Depth"; counted as dropout.
    """

    keyword: ClassVar[str] = "STOCHASTICDEPTH"
    spellings: ClassVar[dict[str, dict[str, object]]] = {"droppath": {}}
    computes: ClassVar[tuple[str, ...]] = ("StochasticDepth", "DropPath")

    p: float = option("rate", read_fraction, 0.5)
    mode: str = option("", one_word("row", "batch"), "row", shown="changed")

    @classmethod
    def from_call(cls, call: TracedCall) -> Options | None:
        """Of torchvision, or as others write it: a row each."""
        p = call.arguments.get("p", call.arguments.get("drop_prob"))
        return {"p": p, "mode": call.arguments.get("mode", "row")} if p is not None else None

    def torch_operators(self, elements: int) -> ops.Operators:
        """The noise is kept: one value for an image, or one for the batch."""
        if not self.p:
            return ()
        rows = ops.noise(elements, 1)
        if self.mode == "row":
            return rows
        kept = rows[0].extras[0]._replace(per_image=0, per_batch=1)
        return (rows[0]._replace(extras=(kept,)),)

    def torch_code(self, inputs: tuple[Shape, ...], output: Shape) -> Code:
        """A module of its own."""
        return Code(
            module="StochasticDepth",
            arguments=(CodeArgument("p", self.p), CodeArgument("mode", self.mode)),
            takes=ANY,
            gives=ANY,
            helper=HELPER,
        )


LAYER = StochasticDepth
