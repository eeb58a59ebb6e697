"""A large filter over images where a stack of 3x3 has fewer weights."""

from collections.abc import Iterator

from convcalc.answers.rules._base import (
    IMAGES,
    LintRule,
    Spot,
    first_line,
    input_volume,
    is_convolution,
    option_value,
    weight_count,
    window_text,
)
from convcalc.facts.units import format_count
from convcalc.models.writing.shorthand import pattern_text
from convcalc.text.errors import WARNING
from convcalc.walk.propagation import Propagation
from convcalc.walk.receptive_field import Walked


def _find_spots(walked: Propagation) -> Iterator[Spot]:
    for node in walked.nodes:
        if not _is_replaceable(node):
            continue
        layers = (option_value(node, "kernel_size")[0] - 1) // 2
        depth, filters = input_volume(walked, node).channels, node.facts.output.channels
        own, stacked = (
            weight_count(node),
            9 * depth * filters + 9 * filters * filters * (layers - 1),
        )
        if stacked < own:
            message = (
                f"F={window_text(option_value(node, 'kernel_size'))} has {format_count(own)} "
                f"weights; {layers} layers of 3x3 that see as much have {format_count(stacked)}"
            )
            small = pattern_text(node.node.layer, kernel_size=(3, 3), padding=_padding_like(node))
            stack = " -> RELU -> ".join([small] * layers)
            yield Spot(node, message, f"write `{stack}`")


def _is_replaceable(node: Walked) -> bool:
    """A square, odd, dense filter of 5x5 or more that takes single steps."""
    if not is_convolution(node) or max(option_value(node, "stride")) > 1:
        return False
    sizes = option_value(node, "kernel_size")
    if len(sizes) != 2:  # beside an image, another input may be of other axes
        return False
    width, height = sizes
    plain = max(option_value(node, "dilation")) == 1 and option_value(node, "groups") in (1, None)
    shared = node.facts.macs > weight_count(node)
    return plain and shared and width == height and width >= 5 and width % 2 == 1


def _padding_like(node: Walked) -> tuple[int, int] | str:
    """As the large filter: none, or what keeps the size."""
    windows = node.facts.windows or ()
    return "same" if any(window.total_padding for window in windows) else (0, 0)


RULE = LintRule(
    first_line(__doc__),
    WARNING,
    "3.1",
    "A stack of small filters can express more, for fewer weights",
    _find_spots,
    IMAGES,
)
