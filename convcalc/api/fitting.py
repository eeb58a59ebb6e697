"""The largest batch or input of a network on a card."""

from convcalc.answers.advice.fitting import BATCH, INPUT, Columns, Fitting
from convcalc.answers.report import walk_with_hints
from convcalc.api.options import Request
from convcalc.network.graph import Network
from convcalc.text.errors import ConvcalcError


def fit_network(network: Network, request: Request, vary: str, target_batch: int | None) -> Fitting:
    """The answer of `convcalc fit`; `vary` is "batch" or "input".

    Raises:
        ConvcalcError: what is asked for cannot be meant, or there is no limit of memory.
    """
    if vary not in (BATCH, INPUT):
        raise ConvcalcError(f"vary: must be one of {BATCH}, {INPUT}, not `{str(vary)[:60]}`")
    if target_batch is not None and vary == INPUT:
        raise ConvcalcError("target_batch asks about batches, vary='input' about inputs")
    limits = request.limits_for(network)
    if limits.memory is None:
        raise ConvcalcError("there is no limit of memory", "name a card, gpu=, or a limit, budget=")
    walked, rule = walk_with_hints(network, request.rounding), request.rule_for(network, limits)
    if vary == INPUT:
        from convcalc.answers.advice.inputs import Inputs

        return Inputs(network, limits.setup, request.rounding).fitting_for(walked, limits, rule)
    columns = Columns(walked, limits.setup, request.rounding)
    return columns.fitting_for(limits, rule, True, target_batch)
