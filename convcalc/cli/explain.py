"""`convcalc explain`: the arithmetic of one layer."""

from typing import TYPE_CHECKING

import click

from convcalc.cli import _judging as judging
from convcalc.cli import _options as options
from convcalc.cli._completion import SOURCE
from convcalc.cli._help import new_command
from convcalc.cli._output import OUTPUT_OPTION, format_option, rendered, write
from convcalc.cli._sources import read_networks
from convcalc.cli._talk import say
from convcalc.text.errors import ERROR, ConvcalcError, nearest_hint
from convcalc.text.source import printable

if TYPE_CHECKING:
    from typing import Unpack

    from convcalc.cli._given import Given
    from convcalc.network.graph import Network
    from convcalc.walk.explanation import Explanation
    from convcalc.walk.propagation import Propagation


MOST_NAMED = 40  # layers, where none was named


@new_command("explain")
@click.argument("source", type=SOURCE, metavar="SOURCE")
@click.argument("layer", metavar="LAYER", required=False)
@options.options(options.KEEPING_OPTIONS, options.PATTERN_OPTIONS)
@format_option("explain")
@OUTPUT_OPTION
def command(source: str, layer: str | None, **given: "Unpack[Given]") -> int:
    """Work out one layer with its numbers filled in.

    Its size, its weights and biases, what they would be without parameter sharing and if
    every neuron saw everything, multiply-adds, receptive field, and what PyTorch keeps of
    it and why. LAYER is a name from the table of `convcalc analyze SOURCE`. Exits with 1
    when the layer does not fit its input, with 2 when there is no such layer; without a
    LAYER, which is wrong usage too, the layers are named.
    """
    settings = options.settings_of(given)
    networks = read_networks(source, settings)
    options.refuse_unused(settings)
    if len(networks) != 1:
        raise ConvcalcError(f"{printable(source)} has {len(networks)} networks, not one")
    walked = _propagated(networks[0], given["rounding"] or "")
    if layer is None:
        raise click.UsageError(_layer_words(walked, source))
    found = _explained(walked, source, layer, given)
    write(rendered("explain", given["style"], found, given["output"]), given["output"])
    wrong = [f for f in walked.findings if f.layer == layer and f.severity == ERROR]
    for finding in wrong:
        say(str(finding))
    return int(bool(wrong))


def _layer_words(walked: "Propagation", source: str) -> str:
    """Which layers there are, where none was named."""
    names = [printable(node.name) for node in walked.nodes]
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    rest = f"; `convcalc analyze {printable(source)}` lists them" if more else ""
    return f"name a LAYER of {printable(source)}: {', '.join(names[:MOST_NAMED])}{more}{rest}"


def _propagated(network: "Network", rounding: str) -> "Propagation":
    from convcalc.walk.hints import with_hints
    from convcalc.walk.propagation import propagate

    return with_hints(propagate(network, rounding), rounding)


def _explained(walked: "Propagation", source: str, layer: str, given: "Given") -> "Explanation":
    from convcalc.memory.estimate import Estimate, Machine
    from convcalc.walk.explanation import explain_layer

    names = [node.name for node in walked.nodes]
    if layer not in names:
        begun = [name for name in names if layer and name.startswith(layer)][:1]
        hint = nearest_hint(layer, begun or names) or f"`convcalc analyze {source}` lists them"
        raise ConvcalcError(f"there is no layer `{layer[:60]}`", hint)
    index = names.index(layer)
    budget = judging.command_budget(given)
    setup = judging.limits_for(walked.network, budget, source, None).setup
    result = Estimate(walked, setup, Machine()).result
    held, keepers = result.held_by_node[index], result.keepers_of(index)
    return explain_layer(walked, index, setup, held, keepers, result.made_at_peak)
