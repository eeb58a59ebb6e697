"""`convcalc export pattern`: a chain in the notation of patterns."""

from convcalc.models.writing.shorthand import pattern_text
from convcalc.text.errors import ConvcalcError
from convcalc.walk.propagation import Propagation
from convcalc.walk.receptive_field import Walked

LONGEST = 12  # layers of a group that is repeated


def text(walk: Propagation) -> str:
    """The network as one line.

    Raises:
        ConvcalcError: the first layer that no pattern can say.
    """
    first, *rest = walk.nodes
    for index, node in enumerate(rest):
        _refuse_node(node, walk, index)
    if walk.outputs != (len(walk.nodes) - 1,):
        raise ConvcalcError(f"{walk.network.title} has several outputs; a pattern has one")
    items = [_item_text(node, walk.network.rounding) for node in rest]
    return " -> ".join([f"INPUT[{first.facts.output}]", *fold_repeats(items)]) + "\n"


def _refuse_node(node: Walked, walk: Propagation, before: int) -> None:
    what = ""
    if not node.inputs:
        what = "is a second input"
    elif node.inputs != (before,):
        what = "takes " + ", ".join(f"`{walk.nodes[k].name}`" for k in node.inputs)
    elif node.shares is not None:
        what = f"shares the parameters of `{walk.nodes[node.shares].name}`"
    elif not node.trainable:
        what = "is not trainable"
    elif node.node.checkpoint:
        what = "is computed again in the backward pass"
    if what:
        raise ConvcalcError(
            f"`{node.name}` {what}: no pattern says that", "`convcalc export yaml` does"
        )


def _item_text(node: Walked, rounding: str) -> str:
    """A layer; it says how it rounds where a spec says so for all layers."""
    layer = node.node.layer
    if rounding and node.facts.windows and "rounding" in layer.options_by_name():
        given = layer.option_value("rounding") or rounding
        return pattern_text(layer, rounding=given)
    return pattern_text(layer)


def fold_repeats(items: list[str]) -> list[str]:
    """`a, b, a, b` as `[a -> b]*2`, the shortest group that repeats first."""
    found: list[str] = []
    index = 0
    while index < len(items):
        length, times = max(
            (_count_repeats(items, index, length) for length in range(1, LONGEST + 1)),
            key=lambda pair: (pair[1] > 1) * pair[0] * pair[1],
        )
        group = fold_repeats(items[index : index + length]) if times > 1 else [items[index]]
        text = " -> ".join(group)
        found.append(f"[{text}]*{times}" if times > 1 else text)
        index += length * times if times > 1 else 1
    return found


def _count_repeats(items: list[str], start: int, length: int) -> tuple[int, int]:
    """The length of a group, and how often it stands here in a row."""
    group, times = items[start : start + length], 1
    while items[start + times * length : start + (times + 1) * length] == group and group:
        times += 1
    return length, times
