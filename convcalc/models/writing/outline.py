"""A network as it is written: layers, perhaps with branches, in scopes named by modules."""

from collections import Counter
from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple, Union

from convcalc.facts.torch_code import Code
from convcalc.layers import Layer
from convcalc.layers._options import default_along
from convcalc.models.writing.items import NamedLayer
from convcalc.network.layer_options import canonical_name

Slot = tuple[str, str, Any]  # name of the layer, option, value: what may be a parameter
Part = Union["OutlineStep", "Scope"]
Parts = tuple[Part, ...]


class OutlineStep(NamedTuple):
    """A layer in a list: with branches, with the names it takes, or behind the one before."""

    item: NamedLayer
    branches: tuple[Parts, ...] = ()
    sources: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The layer's."""
        return self.item.name

    @property
    def items(self) -> Iterator[NamedLayer]:
        """All in its branches and the layer, in the order in which they run."""
        for branch in self.branches:
            for part in branch:
                yield from part.items
        yield self.item


class Scope(NamedTuple):
    """What stands in one module, in the order in which it runs."""

    name: str  # the whole path
    parts: Parts

    @property
    def items(self) -> Iterator[NamedLayer]:
        """All layers in it."""
        for part in self.parts:
            yield from part.items


def gather_scopes(parts: Parts) -> Parts:
    """Steps gathered by the pieces of their names, if all with that piece stand together."""
    found = _gather_steps(parts)
    names = Counter(scope.name for scope in _scopes_in(found))
    return _splice_scopes(found, {name for name, count in names.items() if count > 1})


def _scopes_in(parts: Parts) -> Iterator[Scope]:
    for part in parts:
        if isinstance(part, Scope):
            yield part
        for inner in [part.parts] if isinstance(part, Scope) else part.branches:
            yield from _scopes_in(inner)


def _splice_scopes(parts: Parts, torn: set[str]) -> Parts:
    """The same without the scopes of these names: their parts stand in what is around."""
    if not torn:
        return parts
    found: list[Part] = []
    for part in parts:
        if isinstance(part, OutlineStep):
            branches = tuple(_splice_scopes(branch, torn) for branch in part.branches)
            found.append(part._replace(branches=branches))
        elif part.name in torn:
            found += _splice_scopes(part.parts, torn)
        else:
            found.append(part._replace(parts=_splice_scopes(part.parts, torn)))
    return tuple(found)


def _gather_steps(parts: Parts, prefix: str = "") -> Parts:
    keys = [_next_piece(part, prefix) for part in parts]
    runs = _equal_runs(keys)
    torn = {key for key, _, _ in runs if [k for k, _, _ in runs].count(key) > 1}
    found: list[Part] = []
    for key, start, stop in runs:
        run = parts[start:stop]
        if not key or key in torn:
            found += [_gather_branches(part, prefix) for part in run]
        else:
            found.append(Scope(prefix + key, _gather_steps(run, f"{prefix}{key}.")))
    return tuple(found)


def _gather_branches(part: Part, prefix: str) -> Part:
    """The same with scopes inside of its branches."""
    if isinstance(part, Scope):
        return part
    return part._replace(branches=tuple(_gather_steps(branch, prefix) for branch in part.branches))


def _next_piece(part: Part, prefix: str) -> str:
    """The next piece of the name that all layers of a step share, or ""."""
    names = [item.name[len(prefix) :] for item in part.items]
    first = names[0].partition(".")[0]
    return first if all(name.startswith(f"{first}.") for name in names) else ""


def _equal_runs(keys: list[str]) -> list[tuple[str, int, int]]:
    runs: list[tuple[str, int, int]] = []
    for index, key in enumerate(keys):
        if runs and runs[-1][0] == key:
            runs[-1] = (key, runs[-1][1], index + 1)
        else:
            runs.append((key, index, index + 1))
    return runs


def slots_of(part: Part) -> list[Slot]:
    """The values in it that uses of a block may differ in: numbers and sizes."""
    return [
        (item.name, name, value)
        for item in part.items
        for name, value, _ in documented_options(item.form)
        if can_vary(value)
    ]


def can_vary(value: object) -> bool:
    """Whether a value can be a block's parameter."""
    return isinstance(value, (int, float, tuple)) and not isinstance(value, bool)


def documented_options(form: Layer | Code) -> list[tuple[str, Any, bool]]:
    """The options as documented, with their values and whether it must be said: of a layer in a
    spec, or of its code in PyTorch.
    """
    if isinstance(form, Code):
        return form.said
    kind: Any = form.__class__
    return [
        (name, value, needed or value != default_along(default, value))
        for name, field, default, needed in _documented_fields(kind)
        if (value := form.option_value(field)) is not None
    ]


@cache
def _documented_fields(kind: Any) -> list[tuple[str, str, Any, bool]]:
    return [(canonical_name(each), each.name, each.default, each.required) for each in kind.options]


def signature_of(scope: Scope) -> Any:
    """What scopes must have in common to be one block: all but names outside and numbers.

    None where a layer inside takes what stands outside, other than the first by following it.
    """
    inside = {item.name: item.name[len(scope.name) :] for item in scope.items}
    first = next(_steps_in(scope))
    found = tuple(_step_shape(step, inside, step is first) for step in _steps_in(scope))
    return None if None in found else found


def detach_first(parts: Parts) -> Parts:
    """The same, with a first layer that goes on from whatever stands before it."""
    first, *rest = parts
    if isinstance(first, Scope):
        return (first._replace(parts=detach_first(first.parts)), *rest)
    return (first._replace(sources=()) if len(first.sources) == 1 else first, *rest)


def _steps_in(part: Part) -> Iterator[OutlineStep]:
    """The steps of a scope and of the scopes in it, without those in branches."""
    if isinstance(part, OutlineStep):
        yield part
    else:
        for inner in part.parts:
            yield from _steps_in(inner)


def _step_shape(step: OutlineStep, inside: dict[str, str], first: bool = False) -> Any:
    sources = step.sources
    if first and len(sources) == 1:
        sources = ()
    if any(source not in inside for source in sources):
        return None
    branches = []
    for branch in step.branches:
        shapes = tuple(_step_shape(each, inside) for part in branch for each in _steps_in(part))
        if None in shapes:
            return None
        branches.append(shapes)
    item = step.item
    said = tuple(
        (name, None if can_vary(value) else value)
        for name, value, _ in documented_options(item.form)
    )
    local = tuple(inside[source] for source in sources)
    shares = inside.get(item.shares, item.shares)
    again = _local_scope(item.checkpoint, inside)
    return (
        inside[item.name],
        item.form.keyword,
        said,
        local,
        item.trainable,
        shares,
        again,
        tuple(branches),
    )


def _local_scope(checkpoint: str, inside: dict[str, str]) -> str:
    """The scope that is recomputed, as seen from the one whose layers are `inside`."""
    whole, local = next(iter(inside.items()))
    scope = whole.removesuffix(local)
    return checkpoint.removeprefix(scope) if checkpoint.startswith(scope) else ""
