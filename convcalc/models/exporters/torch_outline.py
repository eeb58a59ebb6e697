"""The layers of a network in the scopes that their names tell, and in those of checkpoints."""

from convcalc.models.exporters.torch_scopes import is_recomputed, scopes_in
from convcalc.models.writing.branches import branched_steps
from convcalc.models.writing.items import NamedLayer
from convcalc.models.writing.outline import OutlineStep, Scope, gather_scopes
from convcalc.text.errors import ConvcalcError


def outermost_checkpoints(items: list[NamedLayer]) -> list[NamedLayer]:
    """Of checkpoints inside of each other only the outer one counts."""
    found = {item.checkpoint for item in items if item.checkpoint}
    inner = {name: min(outer, key=len) for name in found if (outer := _scopes_around(name, found))}
    return [item._replace(checkpoint=inner.get(item.checkpoint, "")) for item in items]


def _scopes_around(name: str, found: set[str]) -> list[str]:
    return [other for other in found if f"{name}.".startswith(f"{other}.")]


def outline_of(items: list[NamedLayer], first: str) -> Scope:
    """The scopes, with branches; without them where these would tear what is recomputed.

    Raises:
        ConvcalcError: a layer elsewhere has a name of a scope that is recomputed.
    """
    wanted = {item.checkpoint for item in items} - {""}
    for found in (_open_branches(branched_steps(items, first)), _flat_steps(items, first)):
        outline = Scope("", gather_scopes(tuple(found)))
        torn = wanted - {scope.name for scope in scopes_in(outline.parts) if is_recomputed(scope)}
        if not torn:
            return outline
    raise ConvcalcError(
        f"`{min(torn)}` is computed again in the backward pass, but not as one piece",
        f"give layers outside of it names that do not begin with `{min(torn)}.`",
    )


def _flat_steps(items: list[NamedLayer], first: str) -> list[OutlineStep]:
    """Layers that name what they take, but for the one before."""
    names = [first, *(item.name for item in items)]
    return [
        OutlineStep(item, sources=() if item.inputs == (before,) else item.inputs)
        for item, before in zip(items, names[:-1], strict=True)
    ]


def _open_branches(found: list[OutlineStep]) -> list[OutlineStep]:
    """The same without branches that stand in other scopes than the layer that joins them."""
    opened: list[OutlineStep] = []
    for step in found:
        branches = [
            _open_branches([part for part in b if isinstance(part, OutlineStep)])
            for b in step.branches
        ]
        scope = step.name.rpartition(".")[0]
        prefix = f"{scope}." if scope else ""
        if all(item.name.startswith(prefix) for item in step.items):
            opened.append(step._replace(branches=tuple(map(tuple, branches))))
            continue
        for branch in branches:
            for first in branch[:1]:
                branch[0] = first if first.branches else first._replace(sources=first.item.inputs)
            opened += branch
        opened.append(OutlineStep(step.item, sources=step.item.inputs))
    return opened
