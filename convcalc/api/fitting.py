"""The largest batch or input of a network on a card."""

from collections.abc import Iterator

from convcalc.answers.advice.fitting import BATCH, INPUT, Columns, Fitting
from convcalc.answers.limits import Limits
from convcalc.answers.report import walk_with_hints
from convcalc.api.options import Request
from convcalc.network.graph import Network
from convcalc.text.errors import ConvcalcError
from convcalc.walk.propagation import Propagation


def fit_network(network: Network, request: Request, vary: str, target_batch: int | None) -> Fitting:
    """The answer of `convcalc fit`; `vary` is "batch" or "input".

    Raises:
        ConvcalcError: what is asked for cannot be meant, or there is no limit of memory.
    """
    if vary not in (BATCH, INPUT):
        raise ConvcalcError(f"vary: must be one of {BATCH}, {INPUT}, not `{str(vary)[:60]}`")
    if vary == BATCH:
        *_, whole = fitting_steps(network, request, target_batch)
        return whole
    if target_batch is not None:
        raise ConvcalcError("target_batch asks about batches, vary='input' about inputs")
    from convcalc.answers.advice.inputs import Inputs

    limits = limited(request, network)
    walked, rule = walk_with_hints(network, request.rounding), request.rule_for(network, limits)
    return Inputs(network, limits.setup, request.rounding).fitting_for(walked, limits, rule)


def fitting_steps(
    network: Network, request: Request, target_batch: int | None, walked: Propagation | None = None
) -> Iterator[Fitting]:
    """The largest batch and what would let more fit, as far as it is known; the whole last.

    Raises:
        ConvcalcError: there is no limit of memory.
    """
    limits = limited(request, network)
    rule = request.rule_for(network, limits)
    walked = walked or walk_with_hints(network, request.rounding)
    columns = Columns(walked, limits.setup, request.rounding)
    yield from columns.fitting_steps(limits, rule, True, target_batch)


def limited(request: Request, network: Network) -> Limits:
    """What the network is held to, a limit of memory among it.

    Raises:
        ConvcalcError: there is none.
    """
    limits = request.limits_for(network)
    if limits.memory is None:
        raise ConvcalcError("there is no limit of memory", "name a card, gpu=, or a limit, budget=")
    return limits
