"""What a layer tells about itself: plain values that every other level works with."""

from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple

from convcalc.facts.setup import BYTES, OWN
from convcalc.facts.shape import Shape
from convcalc.facts.window import Window

if TYPE_CHECKING:
    from convcalc.facts.operators.vocabulary import Operator
    from convcalc.facts.reading import Reading

WEIGHT, BIAS = "weight", "bias"
BATCH_FOLDED = -1  # into the first axis: so many rows an image


class Parameter(NamedTuple):
    """A learnable tensor, in PyTorch's order of registration and of dimensions."""

    name: str
    shape: tuple[int, ...]
    role: str = WEIGHT  # WEIGHT or BIAS: the notes count weights without the biases
    dtype: str = OWN  # a letter of BYTES where it has a type of its own, as complex weights do

    @property
    def elements(self) -> int:
        """Values in the tensor."""
        return prod(self.shape)

    def bytes_at(self, own: int) -> int:
        """Bytes of the tensor where a value of the network's has `own`."""
        return self.elements * BYTES.get(self.dtype, own)


class Buffer(NamedTuple):
    """A tensor that is kept with the parameters but not learned."""

    name: str
    elements: int
    dtype: str = OWN  # or a letter of BYTES

    def bytes_at(self, own: int) -> int:
        """Bytes of the tensor where a value of the network's has `own`."""
        return self.elements * BYTES.get(self.dtype, own)


class Problem(NamedTuple):
    """What shapes tell about a layer that cannot work as written.

    A layer does not know what its inputs are called: with `operands`, the name, size and
    place of these inputs are put behind the message, and their names for `{0}`, `{1}` ...
    in the hint.
    """

    code: str
    message: str
    hint: str = ""
    option: str = ""  # the layer's field that the marker should point at
    operands: tuple[int, ...] = ()  # inputs that the problem is about
    severity: str = "error"  # or "warning", "note": works, but should be known


class LayerFacts(NamedTuple):
    """Everything that is known about a layer once its input shapes are.

    Counts are in elements for one image. `activations` is what the notes' "memory"
    column counts: the output, or 0 where a layer works in place or only reshapes.
    """

    output: Shape
    activations: int
    parameters: tuple[Parameter, ...] = ()
    shared: tuple[Parameter, ...] = ()  # of another layer, which counts them
    buffers: tuple[Buffer, ...] = ()
    macs: int = 0
    windows: tuple[Window, ...] | None = None  # along each axis
    rounding: str = "exact"
    scale: tuple[Any, ...] = ()  # outputs for each step of the window, where not 1: upsampling
    readings: "tuple[Reading, ...]" = ()  # in place of the windows, for receptive fields
    fitted: bool = True  # whether the windows must tile the input
    problems: tuple[Problem, ...] = ()
    workspace_base: int = 0  # what a convolution's workspace is proportional to
    operators: "tuple[Operator, ...]" = ()  # what autograd does with it, in order
    batch_axis: int = 0  # where the batch stands among the output's axes, or BATCH_FOLDED
