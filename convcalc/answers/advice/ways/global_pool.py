"""Global average pooling in place of the first fully connected layer, as in GoogLeNet."""

from collections.abc import Iterator

from convcalc.answers.advice.change import Change, of_network
from convcalc.facts.setup import Setup
from convcalc.layers import find_spelling
from convcalc.network.graph import Network
from convcalc.text.source import printable
from convcalc.walk.propagation import Propagation, every_layer_fits


def changes(walked: Propagation, setup: Setup, rounding: str) -> Iterator[Change]:
    """Where the first such layer sees a volume, and another one behind it gives the scores."""
    fully = [k for k, node in enumerate(walked.nodes) if node.node.layer.pooled_instead]
    if len(fully) < 2:
        return
    first = walked.nodes[fully[0]]
    volume = walked.nodes[first.inputs[0]].facts.output
    if volume.positions == 1:
        return

    def edit(network: Network) -> Network:
        return _with_global_pool(network, fully[0])

    if every_layer_fits(edit(walked.network), rounding):
        text = f"global average pooling in place of {printable(first.name)}"
        fields = {"layer": first.name, "type": first.node.layer.pooled_instead}
        yield of_network("global-pool", text, fields, edit)


def _with_global_pool(network: Network, index: int) -> Network:
    nodes = list(network.nodes)
    spelling = find_spelling(nodes[index].layer.pooled_instead)
    assert spelling is not None
    nodes[index] = nodes[index].copy_with(spelling.type(**spelling.preset))
    return network.with_nodes(nodes)
