"""What autograd does with a torch operator.

Counts are elements for one image unless a name says otherwise; bytes, batch and devices
enter in `convcalc.memory`.

Sources: the saved fields are those of torch's generated `Functions.h`, which operators
run in half precision `aten/src/ATen/autocast_mode.h`; both checked on real tensors.
"""

from enum import IntEnum
from typing import NamedTuple

from convcalc.facts.operators.recorded import RecordedCall


class ResultPlace(IntEnum):
    """Where an operator's result lives."""

    NEW = 0
    VIEW = 1
    IN_PLACE = 2
    PARTS = 3  # a split: several views at once
    PART = 4  # one of them


class GradientKind(IntEnum):
    """How the gradient of an operand arises."""

    FULL = 0  # a tensor of the operand's size
    PASSED = 1  # the output's own gradient handed on
    SUMMED = 2  # or summed, over a batch of 1 too
    SLICED = 3  # a slice of it
    PRODUCT = 4  # the product with another operand, summed to the operand's size if broadcast
    SUMMED_PRODUCT = 5  # the same, always summed
    RESIZED = 6  # a storage of the result's size, resized to the operand's shape (col2im)
    NOTHING = 7


class AutocastRule(IntEnum):
    """The type that an operator runs in under autocast."""

    FOLLOW = 0  # of its first operand that a layer made
    HALF = 1
    FLOAT32 = 2
    MIXED = 3  # the widest type of its operands
    TO_FLOAT32 = 4  # makes float32 from float16 without a copy
    WIDENED = 5  # the wider of its operand's type and the model's own
    PROMOTED = 6  # the widest type of its operands, to which all are cast
    INTO_FLOAT32 = 7  # makes float32 of any type without a copy


class ExtraType(IntEnum):
    """The type of an extra tensor."""

    SAME = 0  # the operator's own
    STATISTIC = 1  # float32, float64 in a float64 network
    INT64 = 2
    MASK = 3  # bool on CUDA, the operator's own type on a CPU
    BOOL = 4


class Layout(IntEnum):
    """How a view lies in memory."""

    WHOLE = 0  # without gaps
    PER_IMAGE = 1  # without gaps in an image (split)
    SPACED = 2  # with a fixed step between an image's values
    SCATTERED = 3  # crop


class LayoutNeed(IntEnum):
    """How an operator wants its first operand to lie: what lies otherwise is copied for it."""

    ANYHOW = 0
    ROWS = 1  # an image's values as one row
    CONTIGUOUS = 2
    CONTIGUOUS_ONCE = 3  # up to torch 2.13; later it is read as it lies


class ConvolutionKind(IntEnum):
    """How cuDNN works on a convolution; what is none of these needs no workspace."""

    NO_CONVOLUTION = 0
    DENSE = 1  # filters of several positions
    STRIDED = 2  # filters of one position with a stride
    POINTWISE = 3  # or without one
    NARROW = 4  # few input channels
    DEPTHWISE = 5  # a filter a channel
    DEPTHWISE_STRIDED = 6
    IMAGE = 7  # filters of several positions with few weights each, as on an image's channels


# Members by their own names: the simulator compares them for every operator, and a module's
# name is found faster than a class's.
NEW, VIEW, IN_PLACE, PARTS, PART = ResultPlace
FULL, PASSED, SUMMED, SLICED, PRODUCT, SUMMED_PRODUCT, RESIZED, NOTHING = GradientKind
FOLLOW, HALF, FLOAT32, MIXED, TO_FLOAT32, WIDENED, PROMOTED, INTO_FLOAT32 = AutocastRule
SAME, STATISTIC, INT64, MASK, BOOL = ExtraType
WHOLE, PER_IMAGE, SPACED, SCATTERED = Layout
ANYHOW, ROWS, CONTIGUOUS, CONTIGUOUS_ONCE = LayoutNeed
(
    NO_CONVOLUTION,
    DENSE,
    STRIDED,
    POINTWISE,
    NARROW,
    DEPTHWISE,
    DEPTHWISE_STRIDED,
    IMAGE,
) = ConvolutionKind
STATISTICS, INDICES, MASKS, COPIES = "statistics", "indices", "masks", "copies"

ANY = -1  # "wanted by" any operand
RESULT, NUMBER = -1, -2  # among what is saved: the operator's result; a number or a buffer


class Save(NamedTuple):
    """A tensor kept for backward when the operand `wanted_by` needs a gradient."""

    operand: int  # inputs first, then parameters; or RESULT or NUMBER
    wanted_by: int = ANY


class Extra(NamedTuple):
    """A tensor that an operator makes besides its result."""

    kind: str
    dtype: ExtraType = SAME
    per_image: int = 0
    per_batch: int = 0
    saved: bool = True  # for backward; otherwise freed when the operator ends
    first: bool = False  # made before the result
    for_gradient: bool = False  # made only when there will be a backward pass
    training_only: bool = False


class Operator(NamedTuple):
    """One torch operator of a layer.

    `inputs`: k is the layer's input k, -k the result of the operator k places before.
    Operands are the inputs, then at the positions `parameters` the layer's parameters, behind
    which its buffers are counted.
    Gradients are summed and sent in the order of the operands, however they are computed.
    """

    name: str
    elements: int = 0  # of the result; a view or in-place result has its operand's
    inputs: tuple[int, ...] = (0,)
    parameters: tuple[int, ...] = ()
    result: ResultPlace = NEW
    saves: tuple[Save, ...] = ()
    extras: tuple[Extra, ...] = ()
    gradients: tuple[GradientKind, ...] = ()  # by operand; FULL where left out
    scratch: tuple[int, ...] = ()  # by operand: temporaries while its gradient is computed
    between: tuple[Extra, ...] = ()  # what is made on the way to each gradient, and freed
    holds: tuple[int, ...] = ()  # results that a Python variable holds meanwhile, as -k
    joint: bool = False  # one kernel makes all gradients, wanted or not
    parameters_first: bool = False  # operands: the parameters, then the inputs
    last_first: bool = False  # gradients are computed from the last operand to the first
    autocast: AutocastRule = FOLLOW
    training_only: bool = False  # in evaluation its input is handed on
    parts: tuple[int, ...] = ()  # PARTS: elements of each; PART: which one
    storage: int = 0  # elements of the result's storage where that has more than the result
    layout: Layout = WHOLE  # of a view
    asks: LayoutNeed = ANYHOW  # of its first operand
    channels_last: bool = False  # its result lies as N, H, W, C, and so what follows it
    convolution: ConvolutionKind = NO_CONVOLUTION  # how cuDNN works on it
    product: bool = False  # a product of matrices, by cuBLAS
    recorded: RecordedCall | None = None  # instead of all the rest: what was observed
    takes_positions: bool = False  # its second operand: where that one's maxima were
    reorders: bool = False  # of such an input its weight's gradient comes in that order, too


Operators = tuple[Operator, ...]
X = Save(0)
Y = Save(RESULT)
FIXED = Save(NUMBER)  # takes no memory, but a checkpoint runs its block again for it
BOTH = (Save(1, wanted_by=0), Save(0, wanted_by=1))
