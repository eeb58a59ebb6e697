"""`convcalc to-conv`: FC layers as convolutions, and the map of scores on a larger image."""

from typing import TYPE_CHECKING, Any

import click

from convcalc.cli import _options as options
from convcalc.cli._completion import SOURCE
from convcalc.cli._help import CALCULATE, OUTPUT, PATTERN, Count, ShownAsNamed, new_command, option
from convcalc.cli._output import format_option, rendered, write
from convcalc.cli._sources import read_networks, sources_or_stdin
from convcalc.cli._talk import say
from convcalc.facts.setup import Setup
from convcalc.facts.shape import MOST_AXES, Shape, Vector
from convcalc.facts.units import as_written, is_number
from convcalc.network.graph import Network
from convcalc.text.errors import ERROR

if TYPE_CHECKING:
    from typing import Unpack

    from convcalc.answers.report import Report
    from convcalc.cli._given import Given
    from convcalc.models.conversion.convolution import Converted
    from convcalc.models.conversion.scores import Sliding

    Part = tuple[Report, Converted, Sliding | None]
    _ParamType = click.ParamType[Any]
else:
    _ParamType = click.ParamType


class Sides(ShownAsNamed, _ParamType):
    """A size such as 384x384; the channels may stand behind it, as they do elsewhere."""

    name = "SIDES"

    def convert(self, value: Any, param: Any, ctx: Any) -> tuple[int, ...]:
        """Sizes along the axes and perhaps the channels, or a usage error."""
        parts = str(value).lower().replace("×", "x").strip("[] ").split("x")
        numbers = [int(part) for part in parts if is_number(part)]
        if len(numbers) != len(parts) or len(parts) > MOST_AXES + 1 or not all(numbers):
            self.fail(
                f"`{value}` is not a size such as 384x384 (length, width x height or "
                "width x height x frames)"
            )
        return tuple(numbers)


@new_command("to-conv", "Rewrite FC layers as convolutions with the same weights.")
@click.argument("sources", type=SOURCE, nargs=-1, metavar="SOURCE")
@option(PATTERN, "--input", "image", type=Sides(),
        help="A larger input to slide over, such as 384x384 or 384x384x3.")  # fmt: skip
@option(CALCULATE, "--stride", type=Count(1),
        help="Pixels between positions: how many shifted passes they take.")  # fmt: skip
@options.options((options.SET_OPTION, *options.DEFAULTS_OPTIONS))
@format_option("to-conv", of_file=False)
@option(OUTPUT, "-o", "--output", type=click.Path(dir_okay=False), help="Write the new spec.")
def command(sources: tuple[str, ...], **given: "Unpack[Given]") -> int:
    """Rewrite FC layers as convolutions with the same weights, and print the new table.

    With --input, what such a network gives on a larger image: a map of scores, the
    distance of its positions along each axis, and what one pass costs against running
    the original at each position (CS231n's notes, 2.5). Exits with 1 when a layer does not fit.
    """
    if given["stride"] and not given["image"]:
        raise click.UsageError("--stride tells about an --input larger than the network's own")
    settings = options.settings_of(given)
    parts = [
        _converted(network, given)
        for source in sources_or_stdin(sources)
        for network in read_networks(source, settings)
    ]
    options.refuse_unused(settings)
    if given["output"]:
        _write_spec(parts, given["output"])
    _print(parts, given)
    return int(any(_broken(part) for part in parts))


def _write_spec(parts: "list[Part]", path: str) -> None:
    """The rewritten networks as YAML, several as documents of one file."""
    from convcalc.models.exporters.listing import listing_of
    from convcalc.models.writing.spec import spec_source

    write(
        "---\n".join(spec_source(listing_of(converted.walked)) for _, converted, _ in parts), path
    )


def _converted(network: Network, given: "Given") -> "Part":
    from convcalc.answers.report import Report
    from convcalc.models.conversion.convolution import to_conv
    from convcalc.walk.hints import with_hints
    from convcalc.walk.propagation import propagate

    rounding = given["rounding"] or ""
    original = with_hints(propagate(network, rounding), rounding)
    converted = to_conv(original, rounding)
    shown = converted.walked._replace(findings=original.findings)
    return Report(shown, Setup()), converted, _slid(converted, given)


def _slid(converted: "Converted", given: "Given") -> "Sliding | None":
    if not given["image"]:
        return None
    from convcalc.models.conversion.scores import slide_over

    sides = _sides_along(converted.original.nodes[0].facts.output, given["image"])
    sliding = slide_over(converted, sides, given["rounding"] or "")
    _refuse_stride(sliding, given["stride"])
    return sliding


def _sides_along(own: Shape, given: tuple[int, ...]) -> tuple[int, ...]:
    """The sizes along the axes of the network's input; its channels may stand behind them."""
    if isinstance(own, Vector):
        raise click.UsageError(f"--input: the network takes a row of {own.channels} values")
    sides, channels = given[: len(own.sides)], given[len(own.sides) :]
    if len(sides) < len(own.sides) or len(channels) > 1:
        raise click.UsageError(
            f"--input {as_written(given)} is not {' x '.join(own.axes)} (x channels): the "
            f"network takes {own}"
        )
    if channels and channels != (own.channels,):
        raise click.UsageError(
            f"--input has a depth of {channels[0]}, the network one of {own.channels}"
        )
    return sides


def _refuse_stride(sliding: "Sliding", stride: int | None) -> None:
    try:
        for scores in sliding.maps if stride else ():
            scores.passes(stride or 1)
    except ValueError as error:
        raise click.UsageError(f"--stride {error}") from None


def _broken(part: "Part") -> bool:
    report, _, sliding = part
    return report.broken or (sliding is not None and sliding.walked.broken)


def _print(parts: "list[Part]", given: "Given") -> None:
    from convcalc.render.to_conv import Conversion

    answer = [Conversion(*part, given["stride"]) for part in parts]
    write(rendered("to-conv", given["style"], answer, None), None)
    if given["style"] == "json":
        return
    for finding in (f for _, _, sliding in parts if sliding for f in sliding.walked.findings):
        if finding.severity == ERROR:
            say(str(finding))
