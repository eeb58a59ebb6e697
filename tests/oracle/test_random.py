"""Real training steps of random networks: every mark equals the simulator's, to the byte.

Under a dispatch mode autograd adds the gradients of branches out of place, so the simulator
does too here. The seeds are the tests' names, and a failure prints the spec. CONVCALC_SEED and
CONVCALC_RANDOM_NETWORKS ask for others and for more.
"""

import os
import random

import pytest

pytest.importorskip("torch")
pytest.importorskip("torchvision_import")

from compare import OPTIMIZERS, differences, on_cpu
from random_networks import Generator, walk_of
from spec_module import SpecModule

from convcalc.facts.setup import INFER
from convcalc.memory.simulate import SimulationSetup, simulate
from convcalc.memory.timeline import Timeline

COUNT = int(os.environ.get("CONVCALC_RANDOM_NETWORKS", "400"))
FIRST = int(os.environ.get("CONVCALC_SEED", "0"))


def setup_of(chance: random.Random, amp: bool, infer: bool, least: int) -> SimulationSetup:
    """How the network is trained or run."""
    dtype = "float32" if amp else chance.choice(["float32", "float32", "float64"])
    setup = on_cpu(
        batch=chance.randint(least, 4),
        amp=amp,
        dtype=dtype,
        optimizer=chance.choice(sorted(OPTIMIZERS)),
        weight_decay=chance.choice([0.0, 1e-4]),
        implementation=chance.choice(["foreach", "for-loop"]),
    )
    if infer:
        return setup._replace(mode=INFER)
    return setup._replace(accumulate=chance.choice([1, 1, 1, 2, 3]))


@pytest.mark.parametrize("seed", range(FIRST, FIRST + COUNT))
def test_a_random_network(seed: int) -> None:
    hold_random(seed, axes=2)


@pytest.mark.parametrize("axes", [1, 3])
@pytest.mark.parametrize("seed", range(FIRST, FIRST + max(COUNT // 4, 1)))
def test_a_random_network_of_one_or_three_axes(seed: int, axes: int) -> None:
    hold_random(seed, axes)


@pytest.mark.parametrize("axes", [1, 2, 3])
@pytest.mark.parametrize("seed", range(FIRST, FIRST + max(COUNT // 12, 1)))
def test_a_random_network_of_several_inputs(seed: int, axes: int) -> None:
    hold_random(seed, axes, inputs=2)


def hold_random(seed: int, axes: int, inputs: int = 1) -> None:
    """Draw a network and hold every mark of its steps, by a setup that is drawn too."""
    chance = random.Random(seed)
    amp, infer = chance.random() < 0.2, chance.random() < 0.15
    amp = amp and axes == 2  # of other axes a CPU's autocast casts copies of its own, CUDA's none
    text = Generator(seed, amp, axes, inputs).spec()
    walk = walk_of(text)
    blocks = frozenset(walked.node.checkpoint for walked in walk.nodes) - {None}
    # In inference a spec's blocks hold their inputs, as modules do; here there are none.
    # Batch norm refuses a single value a channel. Of a batch of 1 the gradient of a locally
    # connected layer's bias lies otherwise than the bias and is copied, which is not modelled.
    least = 2 if '"bn"' in text or '"local"' in text else 1
    setup = setup_of(chance, amp, infer and not blocks, least)._replace(checkpoint=blocks)
    model = SpecModule(walk)
    images = tuple(walked.facts.output.in_torch for walked in walk.nodes if not walked.inputs)
    found = differences(model, images, setup, run=model, graph=walk)
    assert not found, f"{setup}\n{text}\n" + "\n".join(found)


@pytest.mark.parametrize("seed", range(FIRST, FIRST + COUNT // 4))
def test_one_timeline_for_every_batch(seed: int) -> None:
    """What `fit` takes from two runs is what a run at each batch has."""
    chance = random.Random(seed)
    walk = walk_of(Generator(seed).spec())
    blocks = frozenset(walked.node.checkpoint for walked in walk.nodes) - {None}
    setup = setup_of(chance, False, chance.random() < 0.3, 2)._replace(checkpoint=blocks)
    timeline, batch = Timeline(walk, setup), chance.choice([2, 5, 17, 1001])
    tape = simulate(walk, setup._replace(batch_size=batch)).run.tape
    assert (timeline.events, timeline.sizes_at(batch)) == (tape.events, tape.sizes)
