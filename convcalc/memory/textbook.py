"""The memory that CS231n's notes count: activations, parameters, and their companions.

Source: CS231n's notes, 3.4: (1) activations and as much for their gradients, (2) parameters,
their gradients and the optimizer's cache, (3) the batch of images, here the INPUT row.
"""

from collections.abc import Sequence
from typing import NamedTuple

from convcalc.facts.setup import INFER, OPTIMIZER_STATE, Setup
from convcalc.facts.units import BYTES_PER_ELEMENT
from convcalc.walk.receptive_field import Walked


class Textbook(NamedTuple):
    """Bytes, by the notes' sources; `activations` holds the batch of images too."""

    activations: int
    activation_gradients: int
    parameters: int
    parameter_gradients: int
    optimizer_state: int
    extra: int = 0  # what the user keeps besides the batch, such as augmented copies

    @property
    def total(self) -> int:
        """All of it, in bytes."""
        return sum(self)


def textbook_memory(nodes: Sequence[Walked], setup: Setup) -> Textbook:
    """The notes' figures in bytes, for training, or for running, where outputs come and go."""
    width = BYTES_PER_ELEMENT[setup.dtype]
    sizes = [sum([p.bytes_at(width) for p in walked.facts.parameters]) for walked in nodes]
    parameters = sum(sizes)
    image = width * setup.batch_size
    if setup.mode == INFER:
        return Textbook(largest_live(nodes) * image, 0, parameters, 0, 0, setup.extra)
    activations = sum([walked.facts.activations for walked in nodes]) * image
    gradients = sum([nodes[k].facts.activations for k in _with_gradients(nodes)]) * image
    learned = sum([size for walked, size in zip(nodes, sizes, strict=True) if walked.trainable])
    state = OPTIMIZER_STATE[setup.optimizer] * learned
    return Textbook(activations, gradients, parameters, learned, state, setup.extra)


def _with_gradients(nodes: Sequence[Walked]) -> set[int]:
    """The nodes for which the gradient of the output is worked out.

    They are behind a layer that learns. The notes count it in front of the first such layer
    too, the batch of images included, unless layers that are frozen come first there.
    """
    behind: set[int] = set()  # a layer that learns
    fresh: set[int] = set()  # no layer with parameters is in front
    starts = False  # a layer that learns takes what is fresh
    for index, walked in enumerate(nodes):
        node = walked.node
        holds = bool(walked.facts.parameters) or node.shares is not None
        learns = holds and node.trainable
        starts = starts or (learns and not fresh.isdisjoint(node.inputs))
        if learns or not behind.isdisjoint(node.inputs):
            behind.add(index)
        if not holds and fresh.issuperset(node.inputs):
            fresh.add(index)
    starts = starts or len(fresh) == len(nodes)
    return behind | fresh if starts else behind


def largest_live(nodes: Sequence[Walked]) -> int:
    """Elements for one image in the largest set that must exist while one layer runs.

    A layer that works in place or reshapes has its input's storage for its output.
    """
    storage = _storage_owners(nodes)
    last_use = dict(zip(storage, range(len(nodes)), strict=True))
    for index, walked in enumerate(nodes):
        for source in walked.inputs:
            last_use[storage[source]] = index
    freed: list[list[int]] = [[] for _ in nodes]
    for owner, last in last_use.items():
        freed[last].append(owner)
    live = largest = 0
    for index, walked in enumerate(nodes):
        live += walked.facts.activations
        largest = max(largest, live)
        live -= sum(nodes[owner].facts.activations for owner in freed[index])
    return largest


def _storage_owners(nodes: Sequence[Walked]) -> list[int]:
    """For each node the one whose storage holds its output."""
    storage: list[int] = []
    for index, walked in enumerate(nodes):
        shared = not walked.facts.activations and walked.inputs
        storage.append(storage[walked.inputs[0]] if shared else index)
    return storage
