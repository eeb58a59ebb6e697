"""Fully connected layers as convolutions, so that a network slides over larger images.

Source: CS231n's notes, 2.5: an FC layer on WxHxD is a convolution with F = W, P = 0, S = 1;
its weights are the same numbers, (K, W*H*D) read as (K, D, H, W). Global pooling likewise
becomes a window of the size that it has, so that what stands behind it slides too.
"""

from typing import NamedTuple

from convcalc.facts.shape import Shape
from convcalc.layers import Layer
from convcalc.network.graph import Node
from convcalc.text.errors import ConvcalcError
from convcalc.text.source import printable
from convcalc.walk.propagation import Propagation, propagate
from convcalc.walk.receptive_field import Walked


class Rewritten(NamedTuple):
    """One layer that became another; `after` is None where it fell away."""

    name: str
    before: Layer
    after: Layer | None
    input: Shape
    parameters: int  # elements, the same before and after


class Converted(NamedTuple):
    """A network and what it became, both at the original's input."""

    original: Propagation
    walked: Propagation
    rewritten: list[Rewritten]
    kept: list[str]  # layers over the whole image that meet a larger volume, and so stay


def to_conv(original: Propagation, rounding: str = "") -> Converted:
    """The network with its FC layers as convolutions.

    `rounding` is for layers and networks that do not say, as in `propagate`.

    Raises:
        ConvcalcError: a layer behind a flattened volume that is not the same in any shape.
    """
    return _ConvolutionRewriter(original, rounding).converted_network()


class _ConvolutionRewriter:
    def __init__(self, original: Propagation, rounding: str) -> None:
        self.original = original
        self.rounding = rounding
        self.nodes: list[Node] = []
        self.place: list[int] = []  # of each old node among the new ones
        self.flat: list[bool] = []  # whether an old node is flattened where the new one is not
        self.rewritten: list[Rewritten] = []
        self.kept: list[str] = []
        self.meeting = _meets_larger(original)

    def converted_network(self) -> Converted:
        names = [f"`{walked.name}`" for walked in self.original.nodes if not walked.inputs]
        if len(names) > 1:
            raise ConvcalcError(
                f"the network has several inputs, {' and '.join(names)}: no one size grows with "
                "all of them"
            )
        for walked in self.original.nodes:
            self._visit_node(walked)
        network = self.original.network.with_nodes(self.nodes)
        network.outputs = tuple(self.place[index] for index in self.original.outputs)
        network.held = tuple(
            (self.place[value], until if until < 0 else self.place[until])
            for value, until in network.held
        )
        after = propagate(network, self.rounding)
        self._check_weights(after)
        return Converted(self.original, after, self.rewritten, self.kept)

    def _visit_node(self, walked: Walked) -> None:
        before = walked.node.layer
        after = self._rewrite_layer(walked)
        if after is not before:
            self._note_change(walked, after)
        flat = any(self.flat[index] for index in walked.inputs)
        if after is None:
            volume = self._input_shape(walked)
            self.place.append(self.place[walked.inputs[0]])
            self.flat.append(flat or volume.positions > 1)
            return
        if flat and after is before and not before.elementwise:
            raise _shape_error(walked)
        self.place.append(len(self.nodes))
        self.flat.append(flat and after is before)
        self.nodes.append(self._new_node(walked, after))

    def _rewrite_layer(self, walked: Walked) -> Layer | None:
        """The layer itself where it takes nothing, or must stay as small as it is."""
        layer = walked.node.layer
        if not walked.inputs:
            return layer
        after = layer.as_convolution(self._input_shape(walked))
        if after is not None and after is not layer and self._must_stay(walked):
            self.kept.append(walked.name)
            return layer
        return after

    def _must_stay(self, walked: Walked) -> bool:
        volume = self._input_shape(walked)
        return self.meeting[len(self.place)] and volume.positions > 1

    def _input_shape(self, walked: Walked) -> Shape:
        """What the layer sees, flattened volumes in the shape that they had."""
        index = walked.inputs[0]
        while self.flat[index]:
            index = self.original.nodes[index].inputs[0]
        return self.original.nodes[index].facts.output

    def _note_change(self, walked: Walked, after: Layer | None) -> None:
        count = sum(parameter.elements for parameter in walked.facts.parameters)
        layer, volume = walked.node.layer, self._input_shape(walked)
        self.rewritten.append(Rewritten(walked.name, layer, after, volume, count))

    def _new_node(self, walked: Walked, layer: Layer) -> Node:
        node = walked.node.copy_with(layer)
        node.inputs = tuple(self.place[index] for index in walked.inputs)
        node.shares = None if node.shares is None else self.place[node.shares]
        node.size = None  # a claim about one input size
        if layer is not walked.node.layer:
            node.arguments = ()  # they are another layer's
        return node

    def _check_weights(self, after: Propagation) -> None:
        """Weights in = weights out, always."""
        for index, walked in enumerate(self.original.nodes):
            new = after.nodes[self.place[index]]
            if _parameter_counts(walked) and _parameter_counts(walked) != _parameter_counts(new):
                raise _shape_error(walked)


def _parameter_counts(walked: Walked) -> list[int]:
    return [parameter.elements for parameter in walked.facts.parameters]


def _shape_error(walked: Walked) -> ConvcalcError:
    return ConvcalcError(
        f"{printable(walked.name)}: {walked.node.layer.type_name} takes a flattened volume, "
        "and would not compute the same on one that is not",
        "put it behind the first FC layer, or take the flattening away",
    )


def _meets_larger(original: Propagation) -> list[bool]:
    """Whether what a node makes goes on to meet a volume of more than 1x1 at a merge."""
    nodes = original.nodes
    found = [False] * len(nodes)
    for index in reversed(range(len(nodes))):
        shapes = [nodes[k].facts.output for k in nodes[index].inputs]
        wide = len(shapes) > 1 and any(shape.positions > 1 for shape in shapes)
        for k in nodes[index].inputs:
            found[k] |= wide or found[index]
    return found
