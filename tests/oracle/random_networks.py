"""Random networks as specs: every layer type, branches, odd sizes.

A layer works in place only where torch allows it: on a value that no other layer takes and
that the layer before has not saved for its own backward.
"""

import json
import random
from collections.abc import Callable
from typing import Any

from random_layers import DRAWN, FLAT, LAYERS, LEARNS, SAFE, written_sides

from convcalc.facts.shape import Shape
from convcalc.network.loading import networks
from convcalc.text.source import Source
from convcalc.walk.propagation import Propagation, propagate

Item = dict[str, Any] | str
LARGEST = 6000  # elements of a volume
SIDES = {1: 60, 2: 15, 3: 8}  # the longest sides of an input, by how many it has
OWN_RESULT_SAVED = ("relu", "sigmoid", "tanh", "softmax")
SAVED_IN_PLACE = ("elu", "leakyrelu", "selu", "celu")
VIEWS = ("flatten", "crop", "split", "instancenorm", "local", "expand")  # at their end
LAID_OVER = ("multiply", "add", "multiply", "subtract")  # joins where an axis of 1 is enough
PASSED_ON = ("dropout", "stochasticdepth", *VIEWS)  # what they are given, at least in inference


def walk_of(text: str) -> Propagation:
    """The network of a spec."""
    (network,) = networks(Source(text, "random.yaml"), is_yaml=True)
    return propagate(network)


def text_of(size: Shape, layers: list[Item], **more: Any) -> str:
    """A spec as JSON, which is YAML."""
    given = {} if "inputs" in more else {"input": str(size)}
    return json.dumps({**given, "rounding": "floor", "layers": layers} | more)


def flattened_twice(walk: Propagation) -> bool:
    """Whether a fully connected layer shares a 1x1 volume with another layer.

    A module may flatten it once, for both, or for each: a spec does not say, and torch sums
    the gradients behind the flattening or in front of it.
    """
    takers: dict[int, list[str]] = {}
    for walked in walk.nodes:
        for k in walked.inputs:
            takers.setdefault(k, []).append(walked.node.layer.keyword)
    return any(
        len(found) > 1 and "FC" in found and walk.nodes[k].facts.output.positions == 1
        for k, found in takers.items()
    )


def laid_over(size: Shape) -> str:
    """A join of a volume with what has axes of 1, without a draw: a seed stays its network."""
    return LAID_OVER[size.channels % len(LAID_OVER)]


class Generator:
    """Writes a spec, item after item; `amp`: only what a CPU's autocast treats as CUDA's."""

    def __init__(self, seed: int, amp: bool = False, axes: int = 2, inputs: int = 1) -> None:
        self.chance = random.Random(seed)
        self.axes = axes
        self.inputs = inputs
        self.amp = amp
        self.free = False  # whether the next layer may work in place
        self.expanded = False  # many positions are one in memory: torch refuses work in place
        self.named: list[tuple[str, Shape]] = []  # values that later layers may take

    def spec(self) -> str:
        """A whole network with one output or two."""
        while True:
            text = self._drawn()
            if not flattened_twice(walk_of(text)):
                return text

    def _drawn(self) -> str:
        chance = self.chance
        self.free, self.expanded, self.named = False, False, []
        sides = [chance.randint(4, SIDES[self.axes]) for _ in range(self.axes)]
        size = Shape(*sides, chance.randint(1, 4))
        layers, after = self.chain(size, chance.randint(3, 9), depth=0)
        more: dict[str, Any] = {}
        if self.inputs > 1:
            other, joined = self.second_input(after)
            layers += joined
            more["inputs"] = {"first": str(size), "second": other}
        layers.append({"fc": {"name": "classifier", "units": 5, "bias": self.odds(0.8)}})
        if self.named and self.odds(0.3):
            layers += [
                {"gap": {"from": chance.choice(self.named)[0]}},
                {"fc": {"name": "side", "units": 5}},
            ]
            more["outputs"] = ["classifier", "side"]
        return text_of(size, layers, **more)

    def second_input(self, size: Shape) -> tuple[str | int, list[Item]]:
        """Another input, what becomes of it, and how it meets the first one's volume."""
        chance = self.chance
        ends: list[Item] = [{"conv": {"name": "end1", "filters": size.channels, "size": 1}}]
        self.free = False
        if self.odds(0.4):  # a row of values scales the channels
            given: str | int = chance.randint(1, 9)
            ends += [
                {"fc": {"name": "entry", "from": "second", "units": chance.randint(1, 9)}},
                {"silu": {"inplace": self.odds(0.5)}},
                {"fc": {"name": "end2", "units": size.channels}},
                {laid_over(size): {"from": ["end1", "end2"]}},
            ]
            return given, ends
        volume = Shape(*[chance.randint(3, 8) for _ in size.sides], chance.randint(1, 3))
        inner, _ = self.chain(volume.with_channels(4), chance.randint(0, 3), depth=1)
        word = chance.choice(["add", "multiply", "subtract"] + ["concat"] * (not self.amp))
        ends += [
            {"conv": {"name": "entry", "from": "second", "filters": 4, "size": 1}},
            *inner,
            {"adaptivepool": {"size": written_sides(size)}},
            {"conv": {"name": "end2", "filters": size.channels, "size": 1}},
            {word: {"from": ["end1", "end2"]}},
        ]
        return str(volume), ends

    def odds(self, probability: float) -> bool:
        return self.chance.random() < probability

    def chain(self, size: Shape, length: int, depth: int) -> tuple[list[Item], Shape]:
        """Layers one after the other, and the size behind them."""
        layers: list[Item] = []
        for _ in range(length):
            made, size = self.item(size, depth)
            layers += made
            if depth == 0 and self.odds(0.4):
                self.keep(layers, size)
        return layers, size

    def keep(self, layers: list[Item], size: Shape) -> None:
        """Give the last layer a name, and its value to later layers."""
        last = layers[-1]
        if isinstance(last, dict) and "repeat" not in last:
            ((word, options),) = last.items()
            if isinstance(options, dict) and word not in VIEWS:
                options["name"] = f"kept{len(self.named)}"
                self.named.append((options["name"], size))
                self.free = False

    def item(self, size: Shape, depth: int) -> tuple[list[Item], Shape]:
        made: list[Callable[..., tuple[list[Item], Shape]]] = [self.layer] * 8
        if depth < 2:
            made += [self.residual, self.gate]
        if depth == 0:
            made += [self.recomputed]
        if not self.amp:  # a CPU's autocast casts what a concatenation joins
            made += [self.concat] * (depth < 2) + [self.skip, self.halves] * (depth == 0)
        return self.chance.choice(made)(size, depth)

    def layer(self, size: Shape, depth: int = 0) -> tuple[list[Item], Shape]:
        """One layer that fits and neither empties nor blows up the volume."""
        while True:
            word = self.chance.choice(sorted(SAFE if self.amp else DRAWN))
            if self.axes != 2 and word in FLAT:
                continue
            options = LAYERS[word](self, size)
            if options is None:
                continue
            if LEARNS & {word} and self.odds(0.15):
                options["trainable"] = False
            walk = walk_of(text_of(size, [{word: options}]))
            after = walk.nodes[-1].facts.output
            if not walk.broken and 0 < after.elements <= LARGEST:
                self.expanded = word == "expand" or (self.expanded and word in PASSED_ON)
                self.free = self.leaves_free(word, options)
                return [{word: options}], after

    def leaves_free(self, word: str, options: dict[str, Any]) -> bool:
        if options.get("p") == 0:
            return self.free  # nothing happens
        saved = word in OWN_RESULT_SAVED or (word in SAVED_IN_PLACE and options["inplace"])
        saved |= options.get("mode") == "amax"
        return not saved and not self.expanded and word not in VIEWS

    def inplace(self) -> dict[str, Any]:
        return {"inplace": self.free and self.odds(0.6)}

    def branch(self, size: Shape, depth: int, least: int = 0) -> tuple[list[Item], Shape]:
        self.free = False
        return self.chain(size, self.chance.randint(least, 3), depth + 1)

    def residual(self, size: Shape, depth: int) -> tuple[list[Item], Shape]:
        main, after = self.branch(size, depth, least=1)
        free = self.free
        shortcut: list[Item] = []
        if after != size:
            shortcut = [
                {"adaptivepool": {"size": written_sides(after)}},
                {"conv": {"filters": after.channels, "size": 1}},
            ]
        inplace = free and self.odds(0.5)
        self.free = True
        return [{"residual": {"main": main, "shortcut": shortcut, "inplace": inplace}}], after

    def concat(self, size: Shape, depth: int) -> tuple[list[Item], Shape]:
        branches, channels = [], 0
        for _ in range(self.chance.randint(1, 3)):
            made, after = self.branch(size, depth, least=1)
            made.append({"adaptivepool": {"size": written_sides(size)}})
            branches.append(made)
            channels += after.channels
        self.free = True
        return [{"concat": branches}], size.with_channels(channels)

    def gate(self, size: Shape, depth: int) -> tuple[list[Item], Shape]:
        """Squeeze-and-excitation, or as a global context is added; its volume first or last."""
        volume, after = self.branch(size, depth, least=1)
        squeeze: list[Item] = [{"gap": {}}, {"conv": {"filters": after.channels, "size": 1}}]
        last: Item = self.chance.choice(
            ["sigmoid", {"hardsigmoid": {"inplace": True}}, {"hardsigmoid": {"inplace": False}}]
        )
        branches = [volume, [*squeeze, last]]
        if self.odds(0.5):
            branches.reverse()
        self.free = True
        return [{laid_over(size): branches}], after

    def skip(self, size: Shape, depth: int) -> tuple[list[Item], Shape]:
        """A volume from further up, brought to this size, on top of this one."""
        if not self.named:
            return self.layer(size)
        name, given = self.chance.choice(self.named)
        here = f"here{self.chance.randrange(10**9)}"
        there = here.replace("here", "there")
        layers: list[Item] = [
            {"conv": {"name": here, "filters": given.channels, "size": 1}},
            {"adaptivepool": {"name": there, "from": name, "size": written_sides(size)}},
        ]
        word = self.chance.choice(["add", "concat", "multiply", "subtract"])
        self.free = True
        channels = given.channels * (2 if word == "concat" else 1)
        return [*layers, {word: {"from": [here, there]}}], size.with_channels(channels)

    def recomputed(self, size: Shape, depth: int) -> tuple[list[Item], Shape]:
        """A block that is computed again in the backward pass."""
        inner, after = self.branch(size, depth, least=1)
        name = f"block{self.chance.randrange(10**9)}"
        self.free = False
        return [{"repeat": 1, "name": name, "checkpoint": True, "layers": inner}], after

    def halves(self, size: Shape, depth: int) -> tuple[list[Item], Shape]:
        """Parts of the depth, each with layers of its own, some left out."""
        parts = [k for k in (2, 3, 4) if size.channels % k == 0]
        if not parts:
            return self.layer(size)
        of = self.chance.choice(parts)
        branches, channels = [], 0
        for part in range(1, of + 1):
            if part > 1 and self.odds(0.3):
                continue
            piece = size.with_channels(size.channels // of)
            made, after = self.branch(piece, depth + 1)
            made.append({"adaptivepool": {"size": written_sides(size)}})
            branches.append([{"split": {"parts": of, "part": part}}, *made])
            channels += after.channels
        self.free = True
        return [{"concat": branches}], size.with_channels(channels)
