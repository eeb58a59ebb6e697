"""What torch says of many networks, written down, so that tests without torch can compare.

    python tests/oracle/make_marks.py             # writes tests/fixtures/marks.json anew
    python tests/oracle/make_marks.py random      # only the rows whose names hold a word

A row has the spec, the setup, what torch counts, and of two training steps (or inference) on a
CPU the live bytes at the end of each phase and the most in it. `test_marks_today.py` beside this
file holds every row to torch again; `tests/memory/test_marks.py` holds the simulator to the rows.
A row that the simulator has otherwise is said aloud and left out. torchvision's networks are run
as fake tensors, which are as large as real ones.
"""

import json
import random
import sys
from collections.abc import Callable, Iterator
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))
sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[1] / "fixtures" / "models"))

import recorded_models
import torch
from compare import OPTIMIZERS, observed, on_cpu
from imported import Eager, Flat
from imported_models import MODELS
from marked import FILE, setup_in, walk_in
from random_layers import LAYERS
from random_networks import Generator, flattened_twice, text_of, walk_of
from spec_module import SpecModule
from test_eager import ABOVE, FACTS, NOT_THE_NOTES
from test_eager import network as torchvisions
from test_import import BACKBONES, SEGMENTATION, maker
from test_random import setup_of
from torch import nn
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.utils.flop_counter import FlopCounterMode

from convcalc.facts.setup import INFER
from convcalc.facts.shape import Shape
from convcalc.memory.simulate import SimulationSetup, simulate
from convcalc.models.importers.call_options import module_names
from convcalc.models.importers.spec import spec_text
from convcalc.models.importers.torch_trace import trace_module
from convcalc.network.loading import load
from convcalc.text.errors import ConvcalcError
from convcalc.walk.propagation import Propagation, propagate

BATCH = 2
TRACED_SIZE = 64  # of the sides of what is traced from torchvision
PUBLISHED = [
    "mnist_example", "alexnet_lrn", "wrn28_4", "cyclegan_g", "pix2pix_unet", "srcnn", "edsr",
    "dncnn", "esrgan_rrdb", "yolov3_tiny", "yolov8_c2f", "hourglass", "flownets",
    "unet_convt_odd", "unetpp", "bisenet_like", "mcnn", "att_cbam", "att_gcnet", "siamese_sub",
    "crnn_cnn_part", "highway_conv", "finetune_frozen", "swish_custom", "alphazero",
]  # fmt: skip
SEEDS = range(16)
LAYER_SEEDS = range(3)
JOINS = {
    "add": [{"conv": {"filters": 4, "size": 1}}, {"add": {"from": ["first", "conv1_1"]}}],
    "add in place": [
        {"conv": {"filters": 4, "size": 1}},
        {"add": {"from": ["conv1_1", "first"], "inplace": True}},
    ],
    "residual": [{"residual": {"main": [{"conv": {"filters": 4, "size": 1}}, "bn"]}}],
    "concat": [{"concat": [[{"conv": {"filters": 3, "size": 1}}], [], ["gelu"]]}],
    "multiply": [{"multiply": [["gap", {"conv": {"filters": 4, "size": 1}}, "sigmoid"], []]}],
    "subtract": [{"conv": {"filters": 4, "size": 1}}, {"subtract": {"from": ["first", "conv1_1"]}}],
    "add a row": [{"add": [[], ["gap", {"fc": {"units": 4}}, "silu"]]}],
    "add to a row": [{"add": [["gap", {"fc": {"units": 4}}, "silu"], [], ["gap"]]}],
    "add a row in place": [
        "gap", {"fc": {"name": "row", "units": 4}},
        {"conv": {"name": "map", "from": "first", "filters": 4, "size": 1}},
        {"add": {"from": ["map", "row"], "inplace": True}},
    ],
    "subtract a row": [{"subtract": [[], ["gap", {"conv": {"filters": 4, "size": 1}}]]}],
    "subtract from a map": [{"subtract": [[{"conv": {"filters": 1, "size": 1}}], []]}],
    "split": [{"concat": [[{"split": {"parts": 2, "part": 1}}, "gelu"],
                          [{"split": {"parts": 2, "part": 2}}]]}],
    "frozenbn": ["frozenbn"],
    "unpool": [
        {"pool": {"name": "pooled", "size": 3, "stride": 2, "pad": 1, "rounding": "floor"}},
        {"conv": {"name": "deep", "filters": 4, "size": 1}},
        {"unpool": {"from": ["deep", "pooled"], "size": 3, "stride": 2, "pad": 1,
                    "output_size": "8x6"}},
    ],
}  # fmt: skip
Row = dict[str, Any]


def rows() -> Iterator[tuple[str, Callable[[], Row]]]:
    """The name of each row, and what makes it."""
    for facts in FACTS:
        if facts["model"] not in {name for name, _ in ABOVE}:
            yield f"shipped {facts['model']}", partial(_shipped, facts["model"])
    for name in [*SEGMENTATION, *BACKBONES]:
        yield f"torchvision {name}", partial(_traced, maker(name), (3, TRACED_SIZE, TRACED_SIZE))
    networks = import_module("networks")  # it imports torchvision, which needs what is above
    for name in PUBLISHED:
        item = next(each for each in networks.ITEMS if each["name"] == name)
        build = partial(getattr(networks, name), **item["args"])
        yield f"published {name}", partial(_traced, build, item["inputs"][0])
    for name, build in MODELS.items():
        yield f"model {name}", partial(_traced, build, (3, 32, 32))
    for name, build in recorded_models.MODELS.items():
        yield f"recorded {name}", partial(_traced, build, recorded_models.IMAGE, True)
    for seed in SEEDS:
        yield f"random {seed}", partial(_random, seed)
    for word in sorted(LAYERS):
        for seed in LAYER_SEEDS:
            yield f"layer {word} {seed}", partial(_layer, word, seed)
    for name, items in JOINS.items():
        yield f"layer {name}", partial(_own, _between(items), on_cpu(BATCH))
    for optimizer in OPTIMIZERS:
        for decay in (0.0, 1e-4):
            for way in ("foreach", "for-loop"):
                setup = on_cpu(BATCH, optimizer=optimizer, weight_decay=decay, implementation=way)
                name = f"optimizer {optimizer} {way}{' with decay' if decay else ''}"
                yield name, partial(_own, _between(JOINS["residual"]), setup)


def _shipped(name: str) -> Row:
    """torchvision's network as Python runs it, beside the spec of its name."""
    found = f"{name}_torchvision" if name in NOT_THE_NOTES else name
    side = propagate(load(found)).nodes[0].facts.output.width
    model = torchvisions(name)
    with FakeTensorMode(allow_non_fake_inputs=True):
        model = model.to_empty(device="cpu").train()
        counts, marks = _of_torch(model, (3, side, side), on_cpu(BATCH))
    return {"shipped": found, "setup": {}, **counts, "marks": marks}


def _traced(
    build: Callable[[], nn.Module], image: tuple[int, int, int], as_it_stands: bool = False
) -> Row:
    """A model whose spec is written by import.

    Each value dies after its last use, or as the model's own code frees it.
    """
    depth, height, width = image
    written = spec_text(
        trace_module(build(), Shape(width, height, depth), "torch:a model", module_names())
    )
    walk = walk_of(written)
    model = build()
    if any(parameter.is_meta for parameter in model.parameters()):
        model = model.to_empty(device="cpu")
    model.train()
    run = Eager(model) if as_it_stands else Flat(model, torch.zeros(BATCH, *image))
    counts, marks = _of_torch(run, tuple(image), on_cpu(BATCH), walk)
    return {"text": written, "setup": {}, **counts, "marks": marks}


def _random(seed: int) -> Row:
    chance = random.Random(seed)
    amp, infer = chance.random() < 0.2, chance.random() < 0.15
    text = Generator(seed, amp).spec()
    checkpointed = any(walked.node.checkpoint for walked in walk_of(text).nodes)
    return _own(text, setup_of(chance, amp, infer and not checkpointed, 2))


def _layer(word: str, seed: int) -> Row:
    """A layer between convolutions, so that a gradient goes through it; odd sizes."""
    chance = random.Random(f"{word} {seed}")
    while True:
        make = Generator(chance.randrange(10**9))
        make.free = chance.random() < 0.5
        expands = word == "expand"  # only what is one value along an axis
        options = LAYERS[word](make, Shape(1, 1, 4) if expands else Shape(8, 6, 4))
        if options is not None:
            text = _between([*["gap"] * expands, {word: options}])
            walk = walk_of(text)
            if not walk.broken and not flattened_twice(walk):
                return _own(text, on_cpu(BATCH))


def _between(items: list[Any]) -> str:
    """An image of 8 x 6, a convolution, a normalisation, the items, and two classifiers."""
    first = [{"conv": {"name": "first", "filters": 4, "size": 3, "pad": 1}}]
    if items and "first" not in json.dumps(items):
        first.append({"bn": {}})
    last: list[Any] = [{"conv": {"name": "last", "filters": 5, "size": 1}}, {"fc": {"units": 7}}]
    return text_of(Shape(8, 6, 3), [*first, *items, *last])


def _own(text: str, setup: SimulationSetup) -> Row:
    """A spec as a module of torch."""
    walk = walk_of(text)
    size = walk.nodes[0].facts.output
    model = SpecModule(walk)
    image = (size.channels, size.height, size.width)
    counts, marks = _of_torch(model, image, setup, walk)
    fields = {k: v for k, v in setup._asdict().items() if v != getattr(SimulationSetup(), k)}
    del fields["variant"], fields["in_place"]
    return {"text": text, "setup": fields, **counts, "marks": marks}


def _of_torch(
    model: nn.Module, image: Any, setup: SimulationSetup, walk: Propagation | None = None
) -> tuple[Row, list[Any]]:
    """Counts of elements and multiply-adds of an image, and the marks of a run."""
    counts = {
        "parameters": sum(p.numel() for p in model.parameters()),
        "buffers": sum(b.numel() for b in model.buffers()),
    }
    dtype = getattr(torch, setup.dtype)
    if setup.dtype != "float32":
        model.to(dtype)
    if isinstance(model, SpecModule):
        model.train(setup.mode != INFER)
    labels: Any = ()
    if walk is not None:
        out = [walk.nodes[k].facts.output for k in walk.outputs]
        if out[0][:2] != (1, 1):
            labels = tuple((shape.height, shape.width) for shape in out)
    real = observed(model, image, setup, labels)
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        model(torch.zeros(setup.batch_size, *image, dtype=dtype))
    counts["macs"] = counter.get_total_flops() // 2 // setup.batch_size
    return counts, [list(mark) for mark in real]


def main(words: list[str]) -> int:
    """Write the rows, or those that are asked for among the others."""
    known = {row["name"]: row for row in json.loads(FILE.read_text())} if FILE.exists() else {}
    found = []
    for name, make in rows():
        if words and not any(word in name for word in words):
            found += [known[name]] if name in known else []
            continue
        print(name, file=sys.stderr, flush=True)
        try:
            row = {"name": name, **make()}
        except ConvcalcError as error:
            print(f"{name}: no spec: {error}", file=sys.stderr, flush=True)
            continue
        setup, walk = setup_in(row), walk_in(row)
        marks = [list(mark) for mark in simulate(walk, setup).marks]
        if marks == row["marks"]:
            found.append(row)
        else:
            print(f"{name}: the simulator has something else", file=sys.stderr, flush=True)
    lines = ",\n".join(json.dumps(row) for row in found)
    FILE.write_text(f"[\n{lines}\n]\n")
    print(f"{len(found)} rows", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
