"""Random graphs whose images are wide enough for a whole receptive field, and what they see."""

import random

import torch
from random_networks import text_of, walk_of
from spec_module import SpecModule

from convcalc.facts.shape import Shape
from convcalc.walk.propagation import Propagation

SIDES = (150, 126)  # of the image; both fields are far smaller
LARGEST_FIELD = 40
LARGEST_SIDE = 400  # of a volume


def random_graph(chance: random.Random) -> str:
    """A spec that ends in a volume; odd strides, scales and sizes."""
    while True:
        layers = [_layer(chance, number) for number in range(chance.randint(2, 6))]
        if chance.random() < 0.4:
            main = [_layer(chance, 100 + number) for number in range(chance.randint(1, 3))]
            aside = [_layer(chance, 200 + number) for number in range(chance.randint(0, 2))]
            layers.insert(chance.randrange(len(layers)), {"add": [main, aside]})
        text = text_of(Shape(*SIDES, 1), layers)
        walk = walk_of(text)
        sides = [side for node in walk.nodes for side in node.facts.output[:2]]
        fields = [f for n in walk.nodes for f in (n.width, n.height)]
        if walk.broken or max(sides) > LARGEST_SIDE or max(f.size for f in fields) > LARGEST_FIELD:
            continue
        last = walk.nodes[-1]
        periods = [len(field.spans) or 1 for field in (last.width, last.height)]
        if all(3 * p <= s for p, s in zip(periods, last.facts.output[:2], strict=True)):
            return text


def _layer(chance: random.Random, number: int) -> dict[str, object]:
    kind = chance.choice(["conv", "conv", "pool", "upsample", "upsample", "convtranspose",
                          "pixelshuffle"])  # fmt: skip
    if kind == "conv":
        return {"conv": {"filters": 1, "size": f"{chance.randint(1, 4)}x{chance.randint(1, 3)}",
                         "stride": f"{chance.randint(1, 3)}x{chance.randint(1, 2)}",
                         "pad": chance.randint(0, 2), "dilation": chance.choice([1, 1, 2]),
                         "bias": False}}  # fmt: skip
    if kind == "pool":
        size = chance.randint(1, 3)
        return {"pool": {"mode": "avg", "size": size, "stride": chance.randint(1, 3)}}
    if kind == "upsample":
        mode = chance.choice(["nearest", "bilinear", "bicubic"])
        return {"upsample": {"scale": f"{chance.randint(1, 4)}x{chance.randint(1, 3)}",
                             "mode": mode}}  # fmt: skip
    if kind == "convtranspose":
        return {
            "convtranspose": {
                "filters": 1,
                "size": chance.randint(1, 5),
                "stride": chance.randint(1, 4),
                "pad": 0,
                "bias": False,
            }
        }
    return {"upsample": {"scale": 2}}


def field_seen(walk: Propagation) -> tuple[int, int]:
    """The most that one output sees along both axes, by its gradient."""
    model = SpecModule(walk).double()
    for parameter in model.parameters():
        parameter.requires_grad_(False).copy_(torch.rand_like(parameter) + 0.5)
    found = []
    for axis in (0, 1):
        found.append(_widest(model, axis))
    return found[0], found[1]


def _widest(model: SpecModule, axis: int) -> int:
    """Along one axis; the other one is summed up."""
    x = torch.rand(1, 1, SIDES[1], SIDES[0], dtype=torch.float64, requires_grad=True)
    values: dict[int, torch.Tensor] = {0: x}
    for number in range(1, len(model.layers)):
        model._run(number, values)
    out = values[len(model.layers) - 1].sum((0, 1, 2 if axis == 0 else 3))
    eye = torch.eye(len(out), dtype=torch.float64)
    (rows,) = torch.autograd.grad(out, x, eye, is_grads_batched=True)
    seen = rows.sum((1, 2, 3 if axis == 0 else 4)) != 0
    return max((_extent(row) for row in seen), default=0)


def _extent(row: torch.Tensor) -> int:
    places = row.nonzero()
    return int(places.max() - places.min()) + 1 if len(places) else 0
