"""A network that was read, as a list of layers to write."""

from convcalc.models.writing.items import Listing, held_in, items_of, names_of
from convcalc.network.budget import Budget
from convcalc.walk.propagation import Propagation


def listing_of(walk: Propagation) -> Listing:
    """The layers with their names, and what the source says around them."""
    network = walk.network
    items = items_of(network)
    names = names_of(network)
    outputs = tuple(names[k] for k in network.outputs)
    shape = walk.nodes[0].facts.output
    made = Listing(network.title, shape, items, outputs, reference=network.reference)
    budget = {name: argument.value for name, argument in network.budget.items()}
    inputs = tuple((node.name, node.facts.output) for node in walk.nodes if not node.inputs)
    return made._replace(
        inputs=inputs if len(inputs) > 1 else (),
        comments=tuple(network.assumed),
        rounding=network.rounding,
        lifetimes=network.lifetimes,
        held=held_in(network),
        budget=tuple((name, budget[name]) for name in Budget._fields if name in budget),
    )
