"""What autograd does with a torch operator.

Counts are elements for one image unless a name says otherwise; bytes, batch and devices
enter in `convcalc.memory`.

Sources: the saved fields are those of torch's generated `Functions.h`, which operators
run in half precision `aten/src/ATen/autocast_mode.h`; both checked on real tensors.
"""

from typing import NamedTuple

NEW, VIEW, IN_PLACE, PARTS, PART = range(5)  # where an operator's result lives
# How the gradient of an operand arises: a tensor of the operand's size; the output's own
# gradient handed on, or summed; a slice of it; the product with another operand, summed to the
# operand's size where that was broadcast, or always; a storage of the result's size, resized to the
# operand's shape (col2im); or not at all.
FULL, PASSED, SUMMED, SLICED, PRODUCT, SUMMED_PRODUCT, RESIZED, NOTHING = range(8)
# In autocast an operator runs in the type of its first operand that a layer made, in half, in
# float32, in the widest type of its operands, makes float32 from float16 without a copy, or
# runs in the wider of its operand's type and the model's own.
FOLLOW, HALF, FLOAT32, MIXED, TO_FLOAT32, WIDENED = range(6)
# Types of an extra tensor: the operator's own, float32 (float64 in a float64 network),
# int64, a mask: bool on CUDA, the operator's own type on a CPU; or bool on both.
SAME, STATISTIC, INT64, MASK, BOOL = range(5)
# How a view lies in memory: without gaps; without gaps in an image (split); with a fixed step
# between an image's values; or scattered (crop). An operator may ask for an image's values as
# one row, or for no gaps at all: what lies otherwise is copied for it.
WHOLE, PER_IMAGE, SPACED, SCATTERED = range(4)
ANYHOW, ROWS, CONTIGUOUS = range(3)
# How cuDNN works on a convolution: filters of several positions; of one position, with a stride
# or none, and with few input channels (NARROW); a filter a channel, likewise with or without a
# stride. What is none of these needs no workspace.
NO_CONVOLUTION, DENSE, STRIDED, POINTWISE, NARROW, DEPTHWISE, DEPTHWISE_STRIDED = range(7)
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
    dtype: int = SAME
    per_image: int = 0
    per_batch: int = 0
    saved: bool = True  # for backward; otherwise freed when the operator ends
    first: bool = False  # made before the result
    for_gradient: bool = False  # made only when there will be a backward pass
    training_only: bool = False


class Operator(NamedTuple):
    """One torch operator of a layer.

    `inputs`: k is the layer's input k, -k the result of the operator k places before.
    Operands are the inputs, then the layer's parameters at the positions `parameters`.
    Gradients are summed and sent in the order of the operands, however they are computed.
    """

    name: str
    elements: int = 0  # of the result; a view or in-place result has its operand's
    inputs: tuple[int, ...] = (0,)
    parameters: tuple[int, ...] = ()
    result: int = NEW
    saves: tuple[Save, ...] = ()
    extras: tuple[Extra, ...] = ()
    gradients: tuple[int, ...] = ()  # by operand; FULL where left out
    scratch: tuple[int, ...] = ()  # by operand: temporaries while its gradient is computed
    between: tuple[Extra, ...] = ()  # what is made on the way to each gradient, and freed
    holds: tuple[int, ...] = ()  # results that a Python variable holds meanwhile, as -k
    joint: bool = False  # one kernel makes all gradients, wanted or not
    parameters_first: bool = False  # operands: the parameters, then the inputs
    last_first: bool = False  # gradients are computed from the last operand to the first
    autocast: int = FOLLOW
    training_only: bool = False  # in evaluation its input is handed on
    parts: tuple[int, ...] = ()  # PARTS: elements of each; PART: which one
    storage: int = 0  # elements of the result's storage where that has more than the result
    layout: int = WHOLE  # of a view
    asks: int = ANYHOW  # of its first operand
    channels_last: bool = False  # its result lies as N, H, W, C, and so what follows it
    convolution: int = NO_CONVOLUTION  # how cuDNN works on it
    product: bool = False  # a product of matrices, by cuBLAS
    reorders: bool = False  # of such an input its weight's gradient comes in that order, too


Operators = tuple[Operator, ...]
X = Save(0)
Y = Save(RESULT)
FIXED = Save(NUMBER)  # takes no memory, but a checkpoint runs its block again for it
BOTH = (Save(1, wanted_by=0), Save(0, wanted_by=1))
