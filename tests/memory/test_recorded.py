"""Real steps on an H200 and an H100, event by event, beside what the simulator makes of them.

`benchmarks/gpu/record.py` has recorded every request that PyTorch's allocator served: its
bytes, or ~number of the request that is given back.
"""

import gzip
import json
from difflib import SequenceMatcher
from functools import cache
from pathlib import Path

import pytest

import convcalc
from convcalc.facts.setup import Setup
from convcalc.memory.allocator import Allocator, replay_events
from convcalc.memory.estimate import find_machine, simulation_setup
from convcalc.memory.simulate import simulate
from convcalc.walk.propagation import propagate

RESULTS = Path(__file__).parents[2] / "benchmarks/gpu/results"
ROWS = json.loads(gzip.decompress((RESULTS / "events.json.gz").read_bytes()))
CUBLAS, CUBLAS_LT = 33_554_432, 1_048_576
SMALL = 4096  # a sum over a whole batch takes a buffer of up to so many bytes


class Driven(Allocator):
    """Segments in the order of the addresses that the driver gave, which decides ties."""

    __slots__ = ("ranks",)

    def _grow_pool(self, pool, wanted):
        self.next_segment = self.ranks.pop(0) << 40
        super()._grow_pool(pool, wanted)


def id_of(row):
    return f"{row['card']} {row['model']} {row['mode']} {row['precision']}"


@pytest.mark.parametrize("row", ROWS, ids=map(id_of, ROWS))
def test_the_allocator_does_what_the_card_did(row):
    allocator = driven(row)
    number = 0
    for event in row["events"]:
        if event >= 0:
            allocator.allocate(number, event)
            number += 1
        else:
            allocator.free(~event)
    peaks = (allocator.peak_allocated_bytes, allocator.peak_reserved_bytes)
    assert peaks == (row["max_allocated_2"], row["max_reserved_2"])
    assert allocator.ranks == []


@cache
def network(model):
    plain = model in ("alexnet", "vgg16")
    return propagate(convcalc.load(f"{model}_torchvision" if plain else model))


def simulated_run(row):
    setup = Setup(row["batch"], "float32", row["mode"], row["optimizer"], row["precision"] == "amp")
    walked = network(row["model"])
    return simulate(walked, simulation_setup(setup, walked, find_machine(row["card"])))


def requests_of(row):
    """Bytes of each request, and whether it is given back at once; cuBLAS's blocks left out."""
    events, found, number = row["events"], [], -1
    freed = {~event for event in events if event < 0}
    blocks = [CUBLAS, CUBLAS_LT, CUBLAS] if row["mode"] == "train" else [CUBLAS, CUBLAS_LT]
    for position, event in enumerate(events):
        if event < 0:
            continue
        number += 1
        if number not in freed and blocks[:1] == [event]:
            blocks.pop(0)
        elif event:
            found.append((event, events[position + 1 : position + 2] == [~number]))
    return found


def compared(row):
    """The run; what the card was asked for besides, in passing and else; what it was not."""
    run = simulated_run(row)
    tape, model = run.run.tape, run.run.phases[0].end
    ours = [(at, tape.sizes[e]) for at, e in enumerate(tape.events) if e >= 0 and tape.sizes[e]]
    first = sum(at < model for at, _ in ours)
    theirs, ours = requests_of(row)[first:], ours[first:]
    passing, more, missing, place = [], [], [], model
    sizes = [size for size, _ in theirs], [size for _, size in ours]
    for tag, i, i_end, j, j_end in SequenceMatcher(None, *sizes, autojunk=False).get_opcodes():
        if tag != "equal":
            passing += [(place, size) for size, at_once in theirs[i:i_end] if at_once]
            more += [size for size, at_once in theirs[i:i_end] if not at_once]
            missing += sizes[1][j:j_end]
        place = ours[j_end - 1][0] + 1 if j_end else place
    return run, passing, more, missing


READING_IMAGES = ["vgg16", "mobilenet_v2", "efficientnet_b0", "convnext_tiny"]
STEMS = [row for row in ROWS if row["model"] in READING_IMAGES]


@pytest.mark.parametrize("row", STEMS, ids=map(id_of, STEMS))
def test_small_filters_that_read_an_image_ask_for_nothing(row):
    """Forward; those of 7x7 and 11x11 do, but for AlexNet in float32."""
    run, passing, _, _ = compared(row)
    stem = run.run.tape.workspaces[0][0]
    assert max((size for place, size in passing if place <= stem), default=0) <= SMALL


UNLIKE = {  # what the simulator does not know, and why
    "convnext_tiny train": "sums over channels that lie last take buffers",
    "densenet121 train": "gradients of a concatenation's parts are copied for a convolution",
    "densenet121 infer": "a function holds a list of what it concatenates",
    "efficientnet_b0 train": "one gradient is summed in a buffer of its own",
    "mobilenet_v2 train amp": "cuDNN takes one depthwise convolution with a stride too",
    "resnet18 train float32": "a workspace as large as an activation: requests match otherwise",
    "resnet18 infer float32": "likewise",
    "convnext_tiny infer": "a 2x2 convolution of what lies as N, H, W, C copies its weights",
}


def known(row):
    return not any(id_of(row)[5:].startswith(name) for name in UNLIKE)


KNOWN = [row for row in ROWS if known(row)]


@pytest.mark.parametrize("row", KNOWN, ids=map(id_of, KNOWN))
def test_every_request_of_two_real_steps(row):
    """In their order; but for buffers of sums over a batch."""
    _, _, more, missing = compared(row)
    assert missing == []
    assert [size for size in more if size > SMALL] == []


def driven(row):
    allocator = Driven()
    allocator.ranks = list(row["segments"])
    return allocator


def peaks_of(run, passing, allocator):
    tape = run.run.tape
    replay_events(tape.events, tape.sizes, allocator, run.blocks.requests_among(tape), passing)
    return allocator.peak_allocated_bytes, allocator.peak_reserved_bytes


EXACT = [row for row in KNOWN if id_of(row)[5:] not in ("vgg16 train amp", "alexnet infer amp")]


@pytest.mark.parametrize("row", EXACT, ids=map(id_of, EXACT))
def test_with_the_workspaces_that_were_asked_for_the_peaks_are_the_cards(row):
    """To the byte: with each new segment behind the older ones, or where the driver put it."""
    run, passing, _, _ = compared(row)
    measured = (row["max_allocated_2"], row["max_reserved_2"])
    if peaks_of(run, passing, Allocator()) != measured:
        assert peaks_of(run, passing, driven(row)) == measured
