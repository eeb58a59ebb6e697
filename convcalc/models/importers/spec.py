"""From what a tracer hands over to the text of a spec, checked against the trace."""

from convcalc.facts.shape import Shape
from convcalc.facts.window import FLOOR
from convcalc.models.importers.constants import nothing_computed
from convcalc.models.importers.reading import read_layers
from convcalc.models.importers.rewrites import rewrite_calls
from convcalc.models.importers.traced import Traced
from convcalc.models.writing.items import Listing
from convcalc.models.writing.spec import parse_written, spec_source
from convcalc.text.errors import ERROR, ConvcalcError
from convcalc.text.source import printable
from convcalc.walk.propagation import Propagation, propagate


def spec_text(traced: Traced, partial: bool = False) -> str:
    """The spec of a traced model.

    Raises:
        ConvcalcError: operators that no layer stands for, or sizes that are not the model's.
    """
    network = read_layers(rewrite_calls(traced), partial)
    if not network.items:
        raise nothing_computed(traced.source)
    for rounding in ("", FLOOR):
        written = spec_source(network._replace(rounding=rounding), traced.kinds)
        walk = propagate(parse_written(written, traced.source))
        if not walk.broken:
            break
    _compare_sizes(network, walk, traced.source)
    return written


def _compare_sizes(network: Listing, walk: Propagation, source: str) -> None:
    """Every layer must have the size that it has in the model."""
    if walk.broken:
        wrong = next(each for each in walk.findings if each.severity == ERROR)
        raise ConvcalcError(f"{printable(source)}: {printable(wrong.layer)}: {wrong.message}")
    for item, node in zip(network.items, walk.nodes[len(network.inputs) or 1 :], strict=True):
        if item.size is not None and _counted(node.facts.output) != _counted(item.size):
            raise ConvcalcError(
                f"{item.name} is {item.size} in the model, and {node.facts.output} as "
                f"{item.layer.type_name} of the spec",
                "please report this model",
            )


def _counted(shape: Shape) -> tuple[int, ...]:
    """A size without the axes of 1 that a row of values and a 1x1 volume differ in."""
    return (*[side for side in shape.sides if side != 1], shape.channels)
