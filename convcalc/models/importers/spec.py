"""From what a tracer hands over to the text of a spec, checked against the trace."""

from convcalc.facts.window import FLOOR
from convcalc.models.importers.reading import read
from convcalc.models.importers.rewrites import rewrite
from convcalc.models.importers.traced import Traced
from convcalc.models.writing.items import Listing
from convcalc.models.writing.spec import parsed, text
from convcalc.text.errors import ERROR, ConvcalcError
from convcalc.text.source import printable
from convcalc.walk.propagation import Propagation, propagate


def spec(traced: Traced, partial: bool = False) -> str:
    """The spec of a traced model.

    Raises:
        ConvcalcError: operators that no layer stands for, or sizes that are not the model's.
    """
    network = read(rewrite(traced), partial)
    for rounding in ("", FLOOR):
        written = text(network._replace(rounding=rounding), traced.kinds)
        walk = propagate(parsed(written, traced.source))
        if not walk.broken:
            break
    _compare(network, walk, traced.source)
    return written


def _compare(network: Listing, walk: Propagation, source: str) -> None:
    """Every layer must have the size that it has in the model."""
    if walk.broken:
        wrong = next(each for each in walk.findings if each.severity == ERROR)
        raise ConvcalcError(f"{printable(source)}: {printable(wrong.layer)}: {wrong.message}")
    for item, node in zip(network.items, walk.nodes[1:], strict=True):
        if item.size is not None and node.facts.output != item.size:
            raise ConvcalcError(
                f"{item.name} is {item.size} in the model, and {node.facts.output} as "
                f"{item.layer.type_name} of the spec",
                "please report this model",
            )
