"""Random options of every layer type; None where a layer cannot follow such a volume."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from convcalc.facts.shape import Shape

if TYPE_CHECKING:
    from random_networks import Generator

Options = dict[str, Any] | None
IN_PLACE = ("relu", "relu6", "elu", "leakyrelu", "hardsigmoid", "hardswish", "silu", "mish", "selu",
            "celu", "hardtanh")  # fmt: skip


def _along(size: Shape, draw: Callable[[], int]) -> str | int:
    """A number for each axis."""
    return _written([draw() for _ in size.sides])


def _written(sizes: Iterable[int]) -> str | int:
    texts = list(map(str, sizes))
    return "x".join(texts) if len(texts) > 1 else int(texts[0])


def written_sides(size: Shape) -> str | int:
    """The sizes along the axes, as a spec has them."""
    return _written(size.sides)


def _filters(make: "Generator") -> int:
    return make.chance.choice([1, 2, 3, 4, 6, 8])


def _conv(make: "Generator", size: Shape) -> Options:
    chance = make.chance
    groups = chance.choice([1, 1, 1, 2, size.channels])
    if size.channels % groups:
        return None
    return {
        "filters": groups * chance.randint(1, max(1, 8 // groups)),
        "size": _along(size, lambda: chance.randint(1, 4)),
        "stride": _along(size, lambda: chance.randint(1, 2)),
        "pad": _along(size, lambda: chance.randint(0, 2)),
        "dilation": chance.choice([1, 1, 2]),
        "groups": groups,
        "bias": make.odds(0.6),
    }


def _transposed(make: "Generator", size: Shape) -> Options:
    """Not of one position along three axes: there some bytes differ, and it is not known why."""
    if make.axes == 3 and size.positions == 1:
        return None
    chance = make.chance
    stride = chance.randint(1, 3)
    return {
        "filters": _filters(make),
        "size": _along(size, lambda: chance.randint(1, 4)),
        "stride": stride,
        "pad": chance.randint(0, 1),
        "output_padding": chance.randint(0, stride - 1),
        "bias": make.odds(0.6),
    }


def _local(make: "Generator", size: Shape) -> Options:
    chance = make.chance
    return {
        "filters": _filters(make),
        "size": _along(size, lambda: chance.randint(1, 3)),
        "stride": chance.randint(1, 2),
        "pad": chance.randint(0, 1),
        "bias": make.odds(0.6),
    }


def _pool(make: "Generator", size: Shape) -> Options:
    chance = make.chance
    window = chance.randint(1, 3)
    mode = chance.choice(["max", "avg", "l2"] if not make.amp else ["max", "avg"])
    pad = chance.randint(0, window // 2) if mode != "l2" else 0
    rounding = chance.choice(["floor", "ceil"])
    stride = chance.randint(1, 3)
    norm = {"norm": (1, 1.5, 2, 3, 4)[(window + stride) % 5]} if mode == "l2" else {}
    return {"mode": mode, "size": window, "stride": stride, "pad": pad, "rounding": rounding,
            **norm}  # fmt: skip


def _adaptive(make: "Generator", size: Shape) -> Options:
    target = _along(size, lambda: make.chance.randint(1, 6))
    return {"size": target, "mode": make.chance.choice(["avg", "max"])}


def _upsample(make: "Generator", size: Shape) -> Options:
    smooth = {1: ["linear"], 2: ["bilinear", "bicubic"], 3: ["trilinear"]}
    mode = make.chance.choice(["nearest", *smooth[make.axes]])
    wide, *others = size.sides
    sides = [wide + make.chance.randint(0, 5), *(side * 2 for side in others)]
    return {"size": _written(sides), "mode": mode}


def _pad(make: "Generator", size: Shape) -> Options:
    """Autocast on a CPU makes borders of other kinds than zeros in float32, on CUDA not."""
    across, *others = make.chance.randint(0, 2), *[1] * (make.axes - 1)
    mirrors = size.sides[0] > 2 and min(size.sides) > 1
    modes = ["constant", "replicate"] + ["reflect"] * mirrors
    modes = modes[:1] if make.amp else modes
    return {"padding": _written([across, *others]), "mode": make.chance.choice(modes)}


def _unshuffle(make: "Generator", size: Shape) -> Options:
    return {"factor": 2} if size.width % 2 == size.height % 2 == 0 else None


def _axis_pool(make: "Generator", size: Shape) -> Options:
    over = make.chance.choice(["channels", *size.axes])
    return {"over": over, "mode": make.chance.choice(["avg", "max"])}


def _expand(make: "Generator", size: Shape) -> Options:
    """Nothing, or every axis that is 1."""
    *sides, deep = (s if s > 1 else make.chance.randint(1, 6) for s in size)
    return {"size": _written(sides), "channels": deep} if 1 in size else None


def _crop(make: "Generator", size: Shape) -> Options:
    if min(size.sides) < 3:
        return None
    return {"size": _written([side - make.chance.randint(0, 2) for side in size.sides])}


def _group_norm(make: "Generator", size: Shape) -> Options:
    groups = make.chance.choice([k for k in (1, 2, 3, 4) if size.channels % k == 0])
    many = size.elements // groups > 1
    return {"groups": groups, "affine": make.odds(0.7)} if many else None


def _instance_norm(make: "Generator", size: Shape) -> Options:
    return {"affine": make.odds(0.5)} if size.positions > 1 else None


def _layer_norm(make: "Generator", size: Shape) -> Options:
    return {"over": "volume", "affine": make.odds(0.7)} if size.elements > 1 else None


def _shuffle(make: "Generator", size: Shape) -> Options:
    groups = [k for k in (2, 3, 4) if size.channels % k == 0]
    return {"groups": make.chance.choice(groups)} if groups else None


def _dropout(make: "Generator", size: Shape) -> Options:
    whole = size.positions > 1 and make.odds(0.3)
    return {"p": make.chance.choice([0.1, 0.5]), "channels": whole, **make.inplace()}


def _layer_scale(make: "Generator", size: Shape) -> Options:
    return {"input_first": make.odds(0.5), **_bias(make, size)}


def _bias(make: "Generator", size: Shape) -> Options:
    over = make.chance.choice(["channels", "volume", "one", "scalar"])
    return {"over": over, "learned": make.odds(0.8)}


def _scale(make: "Generator", size: Shape) -> Options:
    factor = make.chance.choice([1, 2, -1, 0.5])
    return {"factor": factor, "offset": make.chance.choice([0, 1.5]), **make.inplace()}


def _prelu(make: "Generator", size: Shape) -> Options:
    return {"num_parameters": make.chance.choice([1, size.channels])}


def _depth(make: "Generator", size: Shape) -> Options:
    return {"p": make.chance.choice([0, 0.2]), "mode": make.chance.choice(["row", "batch"])}


def _in_place(make: "Generator", size: Shape) -> Options:
    return make.inplace()


def _plain(make: "Generator", size: Shape) -> Options:
    return {}


LAYERS: dict[str, Callable[["Generator", Shape], Options]] = {
    "conv": _conv,
    "convtranspose": _transposed,
    "local": _local,
    "fc": lambda make, size: {"units": make.chance.randint(1, 30), "bias": make.odds(0.7)},
    "pool": _pool,
    "adaptivepool": _adaptive,
    "gap": lambda make, size: {"mode": make.chance.choice(["avg", "max", "amax"])},
    "upsample": _upsample,
    "crop": _crop,
    "zeropad": _pad,
    "pixelshuffle": lambda make, size: {"factor": 2} if size.channels % 4 == 0 else None,
    "pixelunshuffle": _unshuffle,
    "axispool": _axis_pool,
    "expand": _expand,
    "shuffle": _shuffle,
    "flatten": _plain,
    "bn": lambda make, size: {"affine": make.odds(0.8)},
    "groupnorm": _group_norm,
    "instancenorm": _instance_norm,
    "layernorm": _layer_norm,
    "lrn": lambda make, size: {"size": make.chance.randint(2, 5)},
    "l2norm": _plain,
    "layerscale": _layer_scale,
    "bias": _bias,
    "scale": _scale,
    "prelu": _prelu,
    "dropout": _dropout,
    "stochasticdepth": _depth,
    **dict.fromkeys(("gelu", "sigmoid", "tanh", "softplus"), _plain),
    "softmax": lambda make, size: {"log": make.odds(0.5)},
    **dict.fromkeys(
        (
            "relu",
            "relu6",
            "elu",
            "leakyrelu",
            "hardsigmoid",
            "hardswish",
            "silu",
            "mish",
            "selu",
            "celu",
            "hardtanh",
        ),
        _in_place,
    ),
}
FLAT = {"local", "pixelshuffle", "pixelunshuffle"}  # torch has them for two axes alone
LEARNS = {
    "conv",
    "convtranspose",
    "local",
    "fc",
    "bn",
    "groupnorm",
    "layernorm",
    "layerscale",
    "bias",
    "prelu",
}
OTHER_ON_A_CPU = {  # autocast's lists differ from CUDA's (see test_autocast.py)
    "softmax", "lrn", "groupnorm", "layernorm", "instancenorm", "upsample", "softplus", "local",
    "l2norm",
}  # fmt: skip
# Of which random networks are drawn; a layer more would make others of the seeds that are held.
DRAWN = set(LAYERS) - {"l2norm"}
SAFE = DRAWN - OTHER_ON_A_CPU
