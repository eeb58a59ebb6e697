"""A network that was read, as a list of layers to write."""

from convcalc.budget import Budget
from convcalc.propagate import Propagation
from convcalc.writing.items import INPUT, Item, Listing


def listing(walk: Propagation) -> Listing:
    """The layers with their names; the first is called `input` whatever it was."""
    network = walk.network
    names = [INPUT, *(node.name for node in network.nodes[1:])]
    items = [
        Item(
            node.name,
            node.layer,
            tuple(names[k] for k in node.inputs),
            node.trainable,
            "" if node.shares is None else names[node.shares],
            ".".join(node.checkpoint or ()),
        )
        for node in network.nodes[1:]
    ]
    outputs = tuple(names[k] for k in network.outputs)
    shape = walk.nodes[0].facts.output
    made = Listing(network.title, shape, items, outputs, reference=network.reference)
    budget = {name: argument.value for name, argument in network.budget.items()}
    return made._replace(
        comments=tuple(network.assumed),
        rounding=network.rounding,
        lifetimes=network.lifetimes,
        budget=tuple((name, budget[name]) for name in Budget._fields if name in budget),
    )
