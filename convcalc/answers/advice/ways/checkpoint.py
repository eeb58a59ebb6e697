"""Checkpointing: a block keeps its input and is run again in backward."""

from collections.abc import Iterator
from typing import NamedTuple

from convcalc.answers.advice.change import Change, of_network
from convcalc.facts.setup import TRAIN, Setup
from convcalc.memory.estimate import Estimate, Machine
from convcalc.network.graph import Network, Node
from convcalc.text.source import printable
from convcalc.walk.propagation import Propagation

DEEPEST = 3  # levels of nested blocks that are tried


class NodeRange(NamedTuple):
    """Nodes from `first` up to `last`, and the block's path; () where it is none yet."""

    first: int
    last: int
    path: tuple[str, ...]


def changes(walked: Propagation, setup: Setup, rounding: str) -> Iterator[Change]:
    """The costliest block of each depth, and the costliest stage that stands in no block."""
    if setup.mode != TRAIN:
        return
    held = Estimate(walked, setup._replace(batch_size=1), Machine()).result.held_by_node
    costliest: dict[int, tuple[int, NodeRange]] = {}
    for run in [*_block_ranges(walked.network.nodes), *_stage_ranges(walked.network.nodes)]:
        cost = sum(held[run.first : run.last + 1])
        if _can_checkpoint(walked.network.nodes[run.first : run.last + 1]):
            best = costliest.get(len(run.path))
            if best is None or cost > best[0]:
                costliest[len(run.path)] = cost, run
    for _, run in costliest.values():
        yield _checkpoint_change(walked.network, run)


def _can_checkpoint(nodes: list[Node]) -> bool:
    """Not checkpointed yet, several layers, and the first does not overwrite its input."""
    free = all(node.checkpoint is None for node in nodes)
    return free and len(nodes) > 1 and not nodes[0].layer.option_value("inplace")


def _block_ranges(nodes: list[Node]) -> Iterator[NodeRange]:
    """Runs of nodes that share a block, at each depth."""
    for depth in range(1, DEEPEST + 1):
        first = 0
        for index in range(1, len(nodes) + 1):
            path = nodes[first].scope[:depth]
            if index == len(nodes) or nodes[index].scope[:depth] != path:
                if len(path) == depth:
                    yield NodeRange(first, index - 1, path)
                first = index


def _stage_ranges(nodes: list[Node]) -> Iterator[NodeRange]:
    """Runs outside of blocks, each up to a layer that ends a stage."""
    first = 1  # the input is no part of one
    for index in range(1, len(nodes) + 1):
        ended = index == len(nodes) or nodes[index].scope or nodes[index].layer.ends_stage
        if ended:
            if index > first:
                yield NodeRange(first, index - 1, ())
            first = index + 1


def _checkpoint_change(network: Network, run: NodeRange) -> Change:
    first, last = network.nodes[run.first].name, network.nodes[run.last].name
    block = ".".join(run.path)
    what = f"{printable(first)} to {printable(last)} (a named repeat with checkpoint: true)"
    if block:
        what = f"the block {printable(block)} (checkpoint: true)"
    fields = {"block": block} if block else {"first": first, "last": last}
    path = run.path or (f"{first}...{last}",)

    def edit(network: Network) -> Network:
        nodes = list(network.nodes)
        for index in range(run.first, run.last + 1):
            nodes[index] = nodes[index].copy_with(nodes[index].layer)
            nodes[index].checkpoint = path
            nodes[index].scope = nodes[index].scope or path
        return network.with_nodes(nodes)

    return of_network("checkpoint", f"checkpointing {what}", fields, edit)
