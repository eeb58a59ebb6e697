"""From what a tracer hands over to the text of a spec, checked against the trace."""

from convcalc.errors import ERROR, ConvcalcError
from convcalc.importers.reading import read
from convcalc.importers.rewrites import rewrite
from convcalc.importers.traced import Traced
from convcalc.propagate import Propagation, propagate
from convcalc.source import printable
from convcalc.window import FLOOR
from convcalc.writing.items import Listing
from convcalc.writing.spec import parsed, text


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
                f"{item.layer.type} of the spec",
                "please report this model",
            )
