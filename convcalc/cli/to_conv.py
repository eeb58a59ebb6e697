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
from convcalc.facts.units import is_number
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


class Image(ShownAsNamed, _ParamType):
    """A size such as 384x384; a depth may stand behind it, as it does elsewhere."""

    name = "WxH"

    def convert(self, value: Any, param: Any, ctx: Any) -> tuple[int, ...]:
        """Width, height and perhaps depth, or a usage error."""
        parts = str(value).lower().replace("×", "x").strip("[] ").split("x")
        numbers = [int(part) for part in parts if is_number(part)]
        if len(numbers) != len(parts) or len(parts) not in (2, 3) or not all(numbers):
            self.fail(f"`{value}` is not a size such as 384x384 (width x height)")
        return tuple(numbers)


@new_command("to-conv", "Rewrite FC layers as convolutions with the same weights.")
@click.argument("sources", type=SOURCE, nargs=-1, metavar="SOURCE")
@option(PATTERN, "--input", "image", type=Image(), help="A larger image to slide over.")
@option(CALCULATE, "--stride", type=Count(1),
              help="Pixels between positions: how many shifted passes they take.")  # fmt: skip
@options.options((options.SET_OPTION, *options.DEFAULTS_OPTIONS))
@format_option("to-conv", of_file=False)
@option(OUTPUT, "-o", "--output", type=click.Path(dir_okay=False), help="Write the new spec.")
def command(sources: tuple[str, ...], **given: "Unpack[Given]") -> int:
    """Rewrite FC layers as convolutions with the same weights, and print the new table.

    With --input, what such a network gives on a larger image: a map of scores, the
    distance of its positions in pixels, and what one pass costs against running the
    original at each position (CS231n's notes, 2.5). Exits with 1 when a layer does not fit.
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

    width, height, *depth = given["image"]
    channels = converted.original.nodes[0].facts.output.channels
    if depth and depth != [channels]:
        raise click.UsageError(f"--input has a depth of {depth[0]}, the network one of {channels}")
    sliding = slide_over(converted, width, height, given["rounding"] or "")
    _refuse_stride(sliding, given["stride"])
    return sliding


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
