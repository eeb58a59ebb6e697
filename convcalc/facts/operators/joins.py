"""Sums and products of volumes, with each other and with what is learned."""

from collections.abc import Sequence

from convcalc.facts.operators.vocabulary import (
    BOTH,
    FIXED,
    FOLLOW,
    IN_PLACE,
    MIXED,
    NEW,
    PASSED,
    PRODUCT,
    SLICED,
    SUMMED,
    SUMMED_PRODUCT,
    AutocastRule,
    Operator,
    Operators,
)


def multiple(elements: int, in_place: bool = False) -> Operators:
    """Times a number, -x, or a number less x: nothing kept, the gradient a new tensor."""
    return (Operator("mul", elements, result=IN_PLACE if in_place else NEW),)


def fixed_multiple(elements: int, autocast: AutocastRule) -> Operators:
    """Times a tensor that is not learned: it is kept, the gradient is a new tensor."""
    ways, saves = (PRODUCT,), (FIXED,)
    return (Operator("mul", elements, saves=saves, gradients=ways, autocast=autocast),)


def shift(elements: int, in_place: bool = False, autocast: AutocastRule = FOLLOW) -> Operators:
    """Plus a number, or a fixed tensor (WIDENED): nothing kept, and the gradient passes."""
    result = IN_PLACE if in_place else NEW
    return (Operator("add", elements, result=result, gradients=(PASSED,), autocast=autocast),)


def scale_by_parameter(
    elements: int, input_first: bool = False, autocast: AutocastRule = MIXED
) -> Operators:
    """`gamma * x` with a learned tensor, as layer scale is; or `x * gamma`.

    The product of which the parameter's gradient is the sum is there with the other
    gradient, or before it: they are computed from the last operand to the first.
    """
    ways = (SUMMED_PRODUCT, PRODUCT)
    return (
        Operator(
            "mul",
            elements,
            parameters=(0,),
            saves=BOTH,
            autocast=autocast,
            gradients=ways[::-1] if input_first else ways,
            parameters_first=not input_first,
            last_first=True,
        ),
    )


def multiply(elements: int) -> Operators:
    """input 0 * input 1, either broadcast: squeeze-and-excitation is gate * map."""
    return (
        Operator(
            "mul",
            elements,
            (0, 1),
            saves=BOTH,
            autocast=MIXED,
            gradients=(PRODUCT, PRODUCT),
            last_first=True,
        ),
    )


def shift_by_parameter(elements: int, autocast: AutocastRule = MIXED) -> Operators:
    """`x + bias` with a learned tensor: its gradient is the output's, summed over the batch."""
    ways = (PASSED, SUMMED)
    return (Operator("add", elements, parameters=(0,), gradients=ways, autocast=autocast),)


def subtract(elements: int, in_place: bool = False) -> Operators:
    """input 0 - input 1: the first one's gradient passes, the other's is the negative."""
    result, how = (IN_PLACE, FOLLOW) if in_place else (NEW, MIXED)
    ways = (PASSED, PRODUCT)
    return (Operator("sub", elements, (0, 1), result=result, gradients=ways, autocast=how),)


def add(sums: Sequence[int], in_place: bool = False) -> Operators:
    """Sum of the inputs, one after the other; gradients pass (summed if broadcast).

    `sums` has the elements of each: of the first two inputs, of these and the third ...
    """
    return tuple(
        Operator(
            "add",
            elements,
            (-1 if k else 0, k + 1),
            result=IN_PLACE if in_place else NEW,
            gradients=(PASSED, PASSED),
            autocast=FOLLOW if in_place else MIXED,
        )
        for k, elements in enumerate(sums)
    )


def concat(elements: int, operands: int) -> Operators:
    """Joins the inputs in a new tensor; each gradient is a slice of the output's."""
    return (
        Operator(
            "cat", elements, tuple(range(operands)), gradients=(SLICED,) * operands, autocast=MIXED
        ),
    )
