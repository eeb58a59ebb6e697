"""A network of convcalc as a torch module that frees each value after its last use.

Parameters are registered in the order of the layers.
"""

from typing import Any

from spec_layers import BUILD, ON_ROWS
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from convcalc.walk.propagation import Propagation, Walked


class SpecModule(nn.Module):
    """The network; blocks with `checkpoint: true` run under torch's checkpoint."""

    def __init__(self, walk: Propagation) -> None:
        super().__init__()
        self.walk = walk
        self.pooled = {n.inputs[1] for n in walk.nodes if n.node.layer.takes_positions}
        self.layers = nn.ModuleList(map(self._layer, walk.nodes))
        self.last_uses = self._last_uses()
        self.segments = self._segments()

    def _layer(self, walked: Walked) -> nn.Module:
        if not walked.inputs:
            return nn.Identity()
        inputs = tuple(self.walk.nodes[k].facts.output for k in walked.inputs)
        layer = BUILD[walked.node.layer.keyword](walked.node.layer, inputs, walked.facts.output)
        return layer.requires_grad_(walked.trainable)

    def _last_uses(self) -> dict[int, int]:
        uses: dict[int, int] = {}
        for number, node in enumerate(self.walk.nodes):
            first, *others = node.inputs or (-1,)
            taken = [-others[0]] if node.node.layer.takes_positions else others
            uses |= dict.fromkeys([first, *taken], number)
        return uses | dict.fromkeys(self.walk.outputs, len(self.walk.nodes))

    def _segments(self) -> dict[int, int]:
        """First and last node of each block that is recomputed."""
        found: dict[int, int] = {}
        current: tuple[int, object] = (-1, None)
        for number, walked in enumerate(self.walk.nodes):
            scope = walked.node.checkpoint
            if scope is not None and current[1] != scope:
                current = (number, scope)
            elif scope is None:
                current = (-1, None)
            if scope is not None:
                found[current[0]] = number
        return found

    def forward(self, *given: Tensor) -> Tensor | tuple[Tensor, ...]:
        values: dict[int, Any] = dict(enumerate(given))
        number = len(given)
        del given
        while number < len(self.layers):
            last = self.segments.get(number, number)
            if number in self.segments:
                self._checkpointed(number, last, values)
            else:
                self._run(number, values)
            for k in [k for k in values if self.last_uses.get(k, -1) <= last]:
                del values[k]
            number = last + 1
        outputs = tuple(self._flattened(values[k]) for k in self.walk.outputs)
        return outputs if len(outputs) > 1 else outputs[0]

    def _run(self, number: int, values: dict[int, Any]) -> None:
        node = self.walk.nodes[number]
        if node.node.layer.keyword == "SPLIT":
            self._split(number, values)
        elif number in self.pooled:  # the positions stand behind a minus
            pool, (x,) = self.layers[number], self._inputs(number, values)
            pool.return_indices = True
            values[number], values[-number] = pool(x)
        elif node.node.layer.takes_positions:
            given, pool, *_ = node.inputs
            values[number] = self.layers[number](values[given], values[-pool])
        else:
            values[number] = self.layers[number](*self._inputs(number, values))

    def _inputs(self, number: int, values: dict[int, Any]) -> list[Tensor]:
        """What the node takes; rows become volumes for all but what works on rows too."""
        node = self.walk.nodes[number]
        inputs = [values[k] for k in node.inputs]
        if node.node.layer.keyword in ON_ROWS:
            return inputs
        axes = len(node.facts.output.sides)
        return [x if x.dim() > 2 else x[(..., *[None] * axes)] for x in inputs]

    def _split(self, number: int, values: dict[int, Any]) -> None:
        """One `chunk` makes the parts of all layers that split the same volume as often."""
        if number in values:
            return
        (whole,), parts = self.walk.nodes[number].inputs, self._parts(number)
        pieces = self._inputs(number, values)[0].chunk(parts, 1)
        for k, other in enumerate(self.walk.nodes):
            if self._parts(k) == parts and other.inputs == (whole,):
                values[k] = pieces[other.node.layer.part - 1]

    def _parts(self, number: int) -> int:
        layer: Any = self.walk.nodes[number].node.layer
        return layer.parts if layer.keyword == "SPLIT" else 0

    def _checkpointed(self, first: int, last: int, values: dict[int, Any]) -> None:
        inside = range(first, last + 1)
        outer = sorted({k for n in inside for k in self.walk.nodes[n].inputs if k < first})

        def function(*given: Tensor) -> Tensor:
            local: dict[int, Any] = dict(zip(outer, given, strict=True))
            del given
            for number in inside:
                self._run(number, local)
                for k in [k for k in local if self.last_uses.get(k, -1) <= number and k != last]:
                    del local[k]
            return local[last]

        values[last] = checkpoint(function, *[values[k] for k in outer], use_reentrant=False)

    def _flattened(self, x: Tensor) -> Tensor:
        return x.flatten(1) if x.dim() > 2 and set(x.shape[2:]) == {1} else x
