"""Calls that need not be said: what nothing takes, and what the next layer does anyway."""

from convcalc.facts.torch_calls import Tensor, TracedCall


def left_out(parameters: dict[str, int]) -> list[str]:
    """A sentence about parameters that have no part in what the model returns."""
    if not parameters:
        return []
    modules = list(dict.fromkeys(name.rpartition(".")[0] or name for name in parameters))
    named = ", ".join(modules[:3]) + (", ..." if len(modules) > 3 else "")
    count = f"{sum(parameters.values()):,} parameters"
    return [f"{count} have no part in the result, and get no gradient: of {named}."]


def without_unused(
    calls: list[TracedCall], outputs: list[str], held: list[str]
) -> list[TracedCall]:
    """Tracers keep every part of a split; what nothing takes is left out.

    `held` are values that a variable holds, whether or not something is computed of them.
    """
    parts = {call.output.name for call in calls if "index" in call.arguments}
    used, found = {*outputs, *held} - (parts - set(outputs)), []
    for call in reversed(calls):
        if call.output.name in used:
            used |= {value.name for value in call.values}
            found.append(call)
    return found[::-1]


def without_flattening(calls: list[TracedCall], outputs: list[str]) -> list[TracedCall]:
    """A fully connected layer flattens what it takes: what only it reads need not be said."""
    others = {value.name for call in calls if call.operator != "linear" for value in call.values}
    volumes: dict[str, Tensor] = {}
    found = []
    for call in calls:
        row = call.operator == "flatten" and len(call.output.shape) == 2
        if row and call.output.name not in others.union(outputs):
            volumes[call.output.name] = call.arguments["input"]
            continue
        for name, value in call.arguments.items():
            if isinstance(value, Tensor) and value.name in volumes:
                call = call._replace(arguments={**call.arguments, name: volumes[value.name]})
        found.append(call)
    return found
