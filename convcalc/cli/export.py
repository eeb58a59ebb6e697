"""`convcalc export`: a network as YAML, as a pattern, or as PyTorch code."""

from typing import TYPE_CHECKING, Any

import click

from convcalc.cli import _options as options
from convcalc.cli._completion import SOURCE
from convcalc.cli._guesses import Formats, is_source
from convcalc.cli._help import OUTPUT, Command, option

if TYPE_CHECKING:
    from typing import Unpack

    from convcalc.cli._given import Given
    from convcalc.walk.propagation import Propagation


class Export(Formats):
    """The formats of `export`."""

    def likely(self, source: str) -> str:
        """YAML for whatever is a source."""
        return "yaml" if is_source(source) else ""


@click.group(name="export", cls=Export)
def command() -> None:
    """Write a network as YAML, as a pattern, or as PyTorch code."""


def _format(function: Any) -> Any:
    """Arguments and options of every format."""
    out = option(OUTPUT, "-o", "--output", metavar="FILE", help="Write to a file instead.")
    function = options.options((*options.PATTERN_OPTIONS, out))(function)
    return click.argument("sources", type=SOURCE, nargs=-1, metavar="SOURCE")(function)


@command.command(name="yaml", cls=Command)
@_format
def to_yaml(sources: tuple[str, ...], **given: "Unpack[Given]") -> int:
    """Write a spec: repeats, blocks and branches as far as they are found."""
    from convcalc.cli._output import write
    from convcalc.models.exporters.listing import listing_of
    from convcalc.models.writing.spec import spec_source

    walks = _walks(sources, given)
    write("---\n".join(spec_source(listing_of(walk)) for walk in walks), given["output"])
    return _findings(walks)


@command.command(name="pattern", cls=Command)
@_format
def to_pattern(sources: tuple[str, ...], **given: "Unpack[Given]") -> int:
    """Write a pattern, one line a network; networks with branches have none."""
    from convcalc.cli._output import write
    from convcalc.models.exporters.pattern import text

    walks = _walks(sources, given)
    write("".join(map(text, walks)), given["output"])
    return _findings(walks)


@command.command(name="torch", cls=Command)
@_format
@option(OUTPUT, "--onnx", is_flag=True, help="Write an ONNX file instead, by torch; needs -o.")
def to_torch(sources: tuple[str, ...], onnx: bool, **given: "Unpack[Given]") -> int:
    """Write a PyTorch module that needs nothing but torch."""
    from convcalc.cli._output import write
    from convcalc.models.exporters import torch_code, torch_onnx

    walks = _walks(sources, given)
    if len(walks) != 1:
        raise click.UsageError(f"a module is one network, not {len(walks)}")
    source = sources[0] if sources else "standard input"
    if onnx and not given["output"]:
        raise click.UsageError("--onnx writes no text: name a file with -o")
    if onnx and not walks[0].broken:
        torch_onnx.write_onnx(walks[0], source, given["output"] or "")
    elif not onnx:
        write(torch_code.module_source(walks[0], source), given["output"])
    return _findings(walks)


def _walks(sources: tuple[str, ...], given: "Given") -> "list[Propagation]":
    from convcalc.cli._sources import read_networks, sources_or_stdin
    from convcalc.walk.propagation import propagate

    settings = options.settings_of(given)
    walks = [
        propagate(network, given.get("rounding") or "")
        for source in sources_or_stdin(sources)
        for network in read_networks(source, settings)
    ]
    options.refuse_unused(settings)
    return walks


def _findings(walks: "list[Propagation]") -> int:
    """What is wrong with the networks, to stderr; exit with 1 for an error."""
    from convcalc.cli._talk import say
    from convcalc.text.errors import ERROR

    for walk in walks:
        for finding in walk.findings:
            if finding.severity == ERROR:
                say(str(finding))
    return int(any(walk.broken for walk in walks))
