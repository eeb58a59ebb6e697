"""The residual connection of ResNet."""

from typing import ClassVar

from convcalc.facts.layer_facts import Problem
from convcalc.facts.shape import Shape
from convcalc.layers import _join as join
from convcalc.layers.add import Add


class Residual(Add):
    """main(x) + shortcut(x); a shortcut that is not written is x itself.

    Source: He et al., "Deep Residual Learning for Image Recognition", equations 1 and 2.
    """

    keyword: ClassVar[str] = "RESIDUAL"
    reported_as: ClassVar[str] = "ADD"
    spellings: ClassVar[dict[str, dict[str, object]]] = {}
    inputs: ClassVar[tuple[int, int | None]] = (2, 2)
    branch_names: ClassVar[tuple[str, ...]] = ("main", "shortcut")

    def size_problems(self, inputs: tuple[Shape, ...]) -> tuple[Problem, ...]:
        """Both of one size, without an axis of 1 in place of more; the shortcut gives way."""
        main, shortcut = inputs
        if main == shortcut:
            return ()
        hint = f"let the shortcut end in {join.bridging_layers(shortcut, main)}"
        return tuple(found._replace(hint=hint) for found in join.unequal_problem(inputs, "adds up"))


LAYER = Residual
