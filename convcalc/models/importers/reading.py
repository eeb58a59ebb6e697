"""From calls to layers: every layer type is asked for the operators that it computes."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator
from itertools import accumulate
from typing import Any

from convcalc.facts.operators.recorded import (
    INT64,
    NO_CALL,
    UNUSED,
    RecordedCall,
    RecordedSize,
)
from convcalc.facts.setup import INFER, OWN
from convcalc.facts.shape import (
    Shape,
    TensorShape,
    Vector,
    align_rows,
    shape_of_sizes,
    vector,
)
from convcalc.facts.torch_calls import (
    BUFFER,
    CHANNELS_LAST,
    CONSTANT,
    INTO,
    PARAMETER,
    VALUE,
    ObservedCall,
    Owned,
    Tensor,
    TracedCall,
)
from convcalc.facts.window import FLOOR
from convcalc.layers import Layer
from convcalc.layers._base import Options
from convcalc.models.importers.call_options import (
    can_be_written,
    default_sizes,
    fixed_weight,
    options_of,
    sizes_along,
    types_by_operator,
)
from convcalc.models.importers.traced import COUNTER, NEXT, Traced
from convcalc.models.importers.unknown_calls import LONGEST, MOST, Unexpressible, Unknown
from convcalc.models.writing.items import INPUT, Listing, NamedLayer
from convcalc.text.errors import ConvcalcError
from convcalc.text.source import printable, shortened
from convcalc.text.syntax.tree import LARGEST_NUMBER, NEXT_PASS, TRACED

OBSERVED = "*"  # the operator of the layer that is whatever PyTorch was seen to do
OTHERWISE = ""  # the operator of the layer that stands for whatever no other does
NO_MULTIPLE = "of a size that is no multiple of the batch's"
UNNAMED = "layer"  # of which the file says no name
ANY_ORDER = (
    "conv1d",
    "conv2d",
    "conv3d",
    "layer_norm",
    "mul",
    "div",
    "add",
    "sub",
)  # what they say fits N, H, W, C too


def read_layers(traced: Traced, partial: bool = False) -> Listing:
    """The layers of a model.

    `partial` puts an opaque layer where nothing computes what the model does.

    Raises:
        ConvcalcError: operators that no layer stands for, all of them in one message.
    """
    return _CallReader(traced, partial).read_listing()


class _CallReader:
    def __init__(self, traced: Traced, partial: bool) -> None:
        self.traced = traced
        self.partial = partial
        self.types = types_by_operator()
        several = bool(traced.more)
        volumes = [each.volume for each in traced.given]
        whole = [each for each in volumes if each and not isinstance(each, Vector)]
        self.axes = {len(each.sides) for each in whole} or {2}  # of its volumes
        self.like = Shape(*[1] * (max(self.axes) + 1))
        self.names = {each.name: each.name if several else INPUT for each in traced.given}
        self.taken = dict.fromkeys(self.names.values(), 1)  # names of layers; above by value
        self.sizes = {each.name: self._volume_of(each) for each in traced.given}
        self.values: dict[str, str] = {}  # by the names of layers
        self.owners: dict[str, str] = {}  # the layer that a parameter came with
        self.owning: dict[str, tuple[Layer, TracedCall]] = {}  # layers, and what they were
        self.items: list[NamedLayer] = []
        self.unknown: list[Unknown] = []
        self.assumed: list[str] = []  # in sentences
        self.parts: dict[int, str] = {}  # layers that were the first of several results
        self.lent: dict[tuple[int, str], str] = {}  # layers for what others own, by call and name
        self.seen: dict[str, ObservedCall] = {}  # by the values that they give
        self.inner_batch: set[str] = set()  # values whose batch is not the first axis, or folded
        self.without_batch: set[str] = set()  # values that are one for all images
        self.uses = Counter(p for call in traced.calls for p in {e.name for e in call.parameters})
        self.outputs = frozenset(traced.outputs)
        self.accompanied = frozenset(_with_other_results(traced))  # names of values
        self.observed: dict[str, Any] | None = None  # records of calls, once they are asked for

    def read_listing(self) -> Listing:
        for call in self.traced.calls:
            self._visit_call(call)
        if self.unknown and not self.partial:
            raise Unexpressible(self.unknown, self.traced.source)
        outputs = tuple(self._output_layer(name) for name in self.traced.outputs)
        self._drop_unused((*outputs, *self._untaken_results()))
        for first, last in self.traced.again:
            self._checkpoint_items(first, last)
        self._say_dead_ends()
        self._add_unused()
        traced = self.traced
        comments = (f"Imported from {traced.source}", *traced.assumed, *self.assumed)
        image = traced.input.volume or Shape(1, 1, 1)
        inputs = tuple((each.name, each.volume or Shape(1, 1, 1)) for each in traced.given)
        made = Listing(traced.name, image, self.items, outputs, comments, lifetimes=TRACED)
        made = made._replace(held=tuple(self._held_items()))
        if traced.mode == INFER:
            made = made._replace(budget=(("mode", INFER),))
        return made._replace(inputs=inputs) if traced.more else made

    def _output_layer(self, value: str) -> str:
        """The layer that an output is; of several each as it lies, as its labels are of its sizes.

        A mean over the axes is a row in the model, where its layer leaves sides of 1.
        """
        name = self.names[value]
        item = next((each for each in self.items if each.name == name), None)
        if item is None or len(self.traced.outputs) == 1 or not isinstance(item.size, Vector):
            return name
        layers = {**{each: name for (_, each), name in self.lent.items()}, **self.names}
        sizes = {layers[each]: size for each, size in self.sizes.items()}
        sizes |= {each: self.sizes[parameter] for (_, parameter), each in self.lent.items()}
        given = tuple(sizes[each] for each in item.inputs)
        if isinstance(item.layer.facts_for(given, FLOOR).output, Vector):
            return name
        row = self._unique_name(f"{name}.row")
        self.items.append(NamedLayer(row, self.types["flatten"][0](), (name,), size=item.size))
        return row

    def _add_unused(self) -> None:
        """What the model owns and never uses: layers, one a module, that hand on what they take."""
        modules: dict[tuple[str, bool], list[Tensor]] = {}
        for each in self.traced.unused:
            learns = each.trainable or each.kind == BUFFER
            path = each.name.rpartition(".")[0] or each.name
            modules.setdefault((path, learns), []).append(each)
        source, kind, added = self._first_input()[0], self.types[OBSERVED][0], []
        before = source
        for (path, learns), tensors in modules.items():
            name = self._unique_name(tensors[0].name if len(tensors) == 1 else path)
            observed = ObservedCall(
                UNUSED, (), "", NO_CALL,
                parameters=tuple((e.shape, e.dtype) for e in tensors if e.kind == PARAMETER),
                buffers=tuple((e.shape, e.dtype) for e in tensors if e.kind == BUFFER),
            )  # fmt: skip
            layer = kind(**(kind.from_observed(observed) or {}))
            added.append(NamedLayer(name, layer, (before,), learns))
            before = name
        follow = [
            each._replace(inputs=tuple(before if e == source else e for e in each.inputs))
            for each in self.items
        ]
        self.items = [*added, *follow]

    def _say_dead_ends(self) -> None:
        taken = {name for item in self.items for name in item.inputs}
        taken.update(self.names[name] for name in self.outputs)
        dead = [item.name for item in self.items if item.name not in taken]
        if dead:
            shown = ", ".join(dead[:MOST]) + ", ..." * (len(dead) > MOST)
            self.assumed.append(f"Computed, and taken by nothing: {shown}.")

    def _checkpoint_items(self, first: int, last: int) -> None:
        """Say of a module's layers that they are computed again in the backward pass."""
        positions = self.traced.positions
        inside = {
            item.name
            for item in self.items
            if first <= positions.get(self.values.get(item.name, ""), -1) <= last
        }
        recorded = any(isinstance(each.layer, self.types[OBSERVED][0])
                       for each in self.items if each.name in inside)  # fmt: skip
        scope = min(inside, default="")
        while scope and not recorded:
            scope = scope.rpartition(".")[0]
            within = {each.name for each in self.items if each.name.startswith(f"{scope}.")}
            if scope and within == inside:
                self.items = [
                    each._replace(checkpoint=scope) if each.name in inside else each
                    for each in self.items
                ]
                return
        if inside:
            what = "operators as they were recorded" if recorded else "what is no module of its own"
            raise ConvcalcError(
                f"torch.utils.checkpoint around {what}: from {min(inside)} on",
                "trace it with checkpointing switched off",
            )

    def _held_items(self) -> Iterator[tuple[str, str]]:
        """Layers whose values Python holds, and the layers until which it does."""
        order = {item.name: k for k, item in enumerate(self.items)}
        positions_of = self.traced.positions
        positions = [positions_of.get(self.values.get(item.name, ""), -1) for item in self.items]
        ends = list(accumulate(positions, max))
        taken = {name for item in self.items for name in (*item.inputs, item.shares)}
        taken.update(self.names[name] for name in self.outputs)
        for each in self.traced.lifetimes:
            made = [self.names[value] for value in each.values if value in self.names]
            there = [name for name in made if name in order and positions[order[name]] >= each.made]
            if not there:
                continue
            name = next((name for name in there if name not in taken), there[0])
            if each.until == NEXT:
                yield name, NEXT_PASS
                continue
            until, last = (bisect_right(ends, k) - 1 for k in (each.until, each.last_use))
            if until > max(last, order[name]):
                yield name, self.items[until].name
            elif name not in taken:
                yield name, name  # nothing takes it

    def _untaken_results(self) -> list[str]:
        """Layers for results that nothing takes, but variables hold beyond the operator."""
        made = []
        held = [value for each in self.traced.lifetimes for value in each.values]
        for value in held:
            beside, index = self.traced.untaken.get(value, ("", 0))
            found = (self.observed or {}).get(value)
            if beside not in self.seen or value in self.names or found is None:
                continue
            place = next(k for k, e in enumerate(self.items) if e.name == self.names[beside])
            item, name = self.items[place], self._unique_name(self.items[place].name)
            image = _image_of(found, self.seen[beside].layout == CHANNELS_LAST)
            call = self.seen[beside].of_part(index, image)
            kind = self.types[OBSERVED][0]
            self.items.insert(place + 1, item._replace(
                name=name,
                layer=kind(**(kind.from_observed(call) or {})),
                shares=item.shares or item.name * bool(call.parameters),
            ))  # fmt: skip
            self.names[value], self.values[name] = name, beside
            made.append(name)
        return made

    def _with_row(self, call: TracedCall) -> TracedCall:
        """The call with a row for its result where that is no volume of this network."""
        shape = call.output.shape
        if call.output.volume is None or not self._has_other_axes(call.output):
            return call
        row = (shape[0], call.output.elements // max(1, shape[0]))
        if row[1] > LARGEST_NUMBER:
            what = f"{call.word or call.operator} in {shortened(call.place, LONGEST)}"
            said = f"{what} gives {'x'.join(map(str, shape))}, which is too large"
            raise ConvcalcError(f"{printable(self.traced.source)}: {said}")
        return call._replace(output=call.output._replace(shape=row))

    def _drop_unused(self, outputs: tuple[str, ...]) -> None:
        """Leave out what nothing takes and no variable holds, as a tracer's parts of a split."""
        before = -1
        while before != len(self.items):  # what holds may go itself
            before = len(self.items)
            used, kept = {*outputs, *(name for name, _ in self._held_items())}, []
            for item in reversed(self.items):
                if item.name in used:
                    used.update((*item.inputs, item.shares))
                    kept.append(item)
            self.items = kept[::-1]

    def _visit_call(self, call: TracedCall) -> None:
        name = self._unique_name(call.place)
        layer = self._layer_of(call)
        if layer is None and self._visit_observed(call, name):
            return
        tensors = layer is not None and self._is_of_tensors(call)
        unknown = Unknown(call, call.place)
        if layer is not None and not self._can_share(call, layer):
            if self._visit_observed(call, name):
                return
            unknown = Unknown(call._replace(operator="a part of its parameters", word=""), name)
            layer = None
        if layer is None:
            if self.observed and self.observed.get(call.output.name, unknown) is None:
                unknown = Unknown(call._replace(word=f"{unknown.word}, {NO_MULTIPLE},"), name)
            self.unknown.append(unknown)
            kind, call = self.types[OTHERWISE][0], self._with_row(self._with_own(call))
            layer = kind(**{**default_sizes(kind, self.like), **(kind.from_call(call) or {})})
        inputs = tuple(self.names[value.name] for value in call.values) or (
            next(iter(self.names.values())),
        )
        size = call.output.volume
        self.sizes[call.output.name] = self._volume_of(call.output)
        if tensors or (layer.elementwise and self._are_recorded(call)):
            given = tuple(self.sizes[value.name] for value in call.values)
            size = self.sizes[call.output.name] = layer.facts_for(align_rows(given), FLOOR).output
            if self.inner_batch.intersection(value.name for value in call.values):
                self.inner_batch.add(call.output.name)
        self.names[call.output.name], self.values[name] = name, call.output.name
        parameters = call.parameters + fixed_weight(call)
        self.owning[name] = layer, call
        owned = [self.owners[each.name] for each in parameters if each.name in self.owners]
        for each in parameters:
            self.owners.setdefault(each.name, name)
        trainable = all(each.trainable for each in call.parameters)
        other = owned[0] if owned else ""
        self.items.append(NamedLayer(name, layer, inputs, trainable, other, size=size))

    def _can_share(self, call: TracedCall, layer: Layer) -> bool:
        """Whether its parameters are its own, or all those of one layer of the same type."""
        parameters = call.parameters + fixed_weight(call)
        owners = {self.owners.get(each.name, "") for each in parameters}
        if owners <= {""}:
            return True
        if len(owners) > 1 or not owners <= self.owning.keys():
            return False
        owner, first = self.owning[owners.pop()]
        names, there = ([e.name for e in each.parameters] for each in (call, first))
        return type(owner) is type(layer) and names == there

    def _with_own(self, call: TracedCall) -> TracedCall:
        """The call without weights that are counted with another layer."""

        def left(value: Any) -> Any:
            if isinstance(value, Tensor):
                return None if value.kind != VALUE and value.name in self.owners else value
            return [left(each) for each in value] if isinstance(value, list | tuple) else value

        return call._replace(arguments={k: left(each) for k, each in call.arguments.items()})

    def _volume_of(self, value: Tensor) -> Shape:
        """The size for one image; a row has as many axes as the network's volumes."""
        volume = value.volume or Shape(1, 1, 1)
        return vector(volume.channels, self.like) if isinstance(volume, Vector) else volume

    def _shape_of(self, sizes: tuple[int, ...]) -> Shape:
        """A volume where the network has some of so many axes, else a row or a tensor."""
        axes = len(sizes) - 1
        return shape_of_sizes(sizes, axes if axes in self.axes else max(self.axes))

    def _axes_said(self, size: Shape) -> int:
        """Axes that an operator's layer is told, because others do not tell how many."""
        return len(size.sides) if len(self.axes) > 1 else 0

    def _has_other_axes(self, value: Tensor) -> bool:
        """Whether a value is no volume of the network: none, or one of other axes."""
        volume = value.volume
        if volume is None or isinstance(volume, Vector):
            return volume is None
        return len(volume.sides) not in self.axes

    def _visit_observed(self, call: TracedCall, name: str) -> bool:
        """An operator as PyTorch was seen to run it; whether it could be observed."""
        if self.partial or self.traced.observe is None:
            return False
        if self.observed is None:
            self.observed = self.traced.observe()
        found = self.observed.get(call.output.name)
        given = list({each.name: each for each in call.tensors}.values())
        if found is None or len(given) != len(found.takes):
            return False
        first = self.parts.get(id(found.record), "")  # of a call with several results
        lent = self._borrowed(given, id(found.record))
        if lent is None:
            return False
        left = [e for e in given if e.kind == PARAMETER and e.name not in lent]
        own = [each for each in left if not self._is_source(each)]
        names = {**self.names, **lent}
        values = [each for each in given if each.name in names]
        held = [e for e in given if e.name in self.traced.buffers and e.name not in self.owners]
        held += self._counters_beside(held)
        for each in [*own, *held]:
            self.owners.setdefault(each.name, name)
        self.parts.setdefault(id(found.record), name)
        record = found.record.with_operands(found.takes, [_place_of(e, values, own) for e in given])
        sizes, batch_axis = _image_of(found, call.output.channels_last)
        size = self._shape_of(sizes)
        kind = self.types[OBSERVED][0]
        observed = ObservedCall(
            call.operator,
            size.in_torch,
            str(self.sizes[values[0].name if values else self.traced.input.name]),
            record,
            found.part,
            batch_axis,
            0 if first else found.macs,
            tuple((self._own_sizes(each), each.dtype) for each in own),
            tuple((each.shape, each.dtype) for each in held),
            self._axes_said(size),
            CHANNELS_LAST if call.output.channels_last else call.output.layout.name.lower(),
        )
        self.seen[call.output.name] = observed
        layer = kind(**(kind.from_observed(observed) or {}))
        self.sizes[call.output.name] = size
        if batch_axis:
            self.inner_batch.add(call.output.name)
        if record.results[found.part][1].fixed:
            self.without_batch.add(call.output.name)
        inputs = tuple(names[each.name] for each in values) or self._first_input()
        self.names[call.output.name], self.values[name] = name, call.output.name
        trainable = all(each.trainable for each in own)
        self.items.append(NamedLayer(name, layer, inputs, trainable, first if own else ""))
        return True

    def _counters_beside(self, held: list[Tensor]) -> list[Tensor]:
        """The counters of their steps that norms have beside their running statistics."""
        paths = dict.fromkeys(each.name.rpartition(".")[0] for each in held)
        names = [f"{path}.{COUNTER}" if path else COUNTER for path in paths]
        return [Tensor(name, (), BUFFER, dtype=INT64) for name in names
                if name in self.traced.buffers and name not in self.owners]  # fmt: skip

    def _own_sizes(self, parameter: Tensor) -> tuple[int, ...]:
        """The sizes of a parameter; one that is shown expanded has no more values than it has."""
        count = self.traced.parameters.get(parameter.name, parameter.elements)
        return parameter.shape if count == parameter.elements else (count,)

    def _first_input(self) -> tuple[str]:
        """What stands before a layer that takes nothing."""
        return (next(iter(self.names.values())),)

    def _is_source(self, parameter: Tensor) -> bool:
        """Whether a parameter that several calls take stands as a layer of its own.

        It is where it lies already: its layer's result is the parameter itself.
        """
        if self.uses[parameter.name] > 1 and parameter.name not in self.owners:
            name = self._add_source(parameter, 0, ((parameter.shape, parameter.dtype),))
            self.names[parameter.name] = self.owners[parameter.name] = name
        return parameter.name in self.names

    def _borrowed(self, given: list[Tensor], record: int) -> dict[str, str] | None:
        """Layers that are parameters of layers of their own, one for each use; None if unknown.

        Each use hands its gradient on by itself, so that autograd's order of sums is kept.
        """
        found: dict[str, str] = {}
        for each in given:
            if each.kind != PARAMETER or each.name in self.names or each.name not in self.owners:
                continue
            if (record, each.name) not in self.lent:
                owner = self.owners[each.name]
                if owner not in self.owning:
                    return None
                layer, call = self.owning[owner]
                sizes = align_rows(tuple(self.sizes[value.name] for value in call.values))
                theirs = layer.facts_for(sizes, FLOOR).parameters
                names = [e.name for e in call.parameters]
                if len(theirs) != len(names):
                    return None
                owned = tuple((e.shape, e.dtype) for e in theirs)
                name = self._add_source(each, names.index(each.name), owned, owner)
                self.lent[record, each.name] = name
            found[each.name] = self.lent[record, each.name]
        return found

    def _add_source(
        self, parameter: Tensor, index: int, owned: tuple[Owned, ...], owner: str = ""
    ) -> str:
        """A layer whose result is a parameter: one of its own or, by `index`, of its owner's."""
        size = RecordedSize(0, parameter.elements, parameter.dtype)
        place = f"p{index}"
        taken = tuple(f"p{k}" for k in range(len(owned)))
        record = RecordedCall(taken, (), ((place, size),), sends=((place, "g0"),))
        kind, made = self.types[OBSERVED][0], self._shape_of(parameter.shape)
        observed = ObservedCall("parameter", parameter.shape, "", record,
                                parameters=owned, axes=self._axes_said(made))  # fmt: skip
        name = self._unique_name(parameter.name)
        layer = kind(**(kind.from_observed(observed) or {}))
        self.sizes[parameter.name] = made
        learns = parameter.trainable or bool(owner)
        self.items.append(NamedLayer(name, layer, self._first_input(), learns, owner))
        return name

    def _layer_of(self, call: TracedCall) -> Layer | None:
        kinds = self.types.get(call.operator, [])
        if call.has_argument(INTO):
            return None  # it changes more than it takes
        if self.traced.observe is not None and call.output.dtype != OWN:
            return None  # integers and complex numbers
        if self._is_of_tensors(call):
            kinds = [each for each in kinds if each.elementwise] if self._is_pointwise(call) else []
        if any(each.kind == CONSTANT for each in call.tensors):
            return None  # layers have what is registered
        weight = call.arguments.get("weight")
        if isinstance(weight, Tensor) and weight.kind == VALUE:
            return None  # weights that are computed
        for kind in kinds:
            ordered = kind.elementwise or call.operator in ANY_ORDER
            if not ordered and any(value.channels_last for value in call.values):
                continue
            if kind.drops_results and call.output.name in self.accompanied:
                continue
            options = options_of(kind, call)
            if options is None or not can_be_written(kind, options):
                continue
            if self._can_hold_weight(call, options):
                try:
                    layer = kind(**{**sizes_along(kind, call), **options})
                except ValueError:
                    return None  # options that go together in no layer
                if self._takes_as_many(layer, call) and self._has_size(layer, call):
                    return layer
        return None

    def _can_hold_weight(self, call: TracedCall, options: Options) -> bool:
        """Whether the layer can have a weight that is a buffer, if it is one of the model's."""
        fixed = fixed_weight(call)
        ours = all(each.name in self.traced.buffers for each in fixed)
        return not fixed or (ours and options.get("learned") is False)

    def _is_of_tensors(self, call: TracedCall) -> bool:
        """Whether it works on other values than volumes or rows of the images in order."""
        if any(self._has_other_axes(value) for value in [*call.values, call.output]):
            return True
        sizes = [self.sizes.get(value.name) for value in call.values]
        plain = not any(value.name in self.inner_batch for value in call.values)
        tensors = not sizes or any(isinstance(size, TensorShape) for size in sizes)
        return self.traced.observe is not None and (tensors or not plain)

    def _are_recorded(self, call: TracedCall) -> bool:
        """Whether all that it takes has the sizes that a record says, as it lies."""
        return all(value.name in self.seen for value in call.values) and bool(call.values)

    def _is_pointwise(self, call: TracedCall) -> bool:
        """Whether each value becomes one of a new tensor, in a place that does not matter."""
        known = [self.sizes.get(value.name) for value in call.tensors if value.kind == VALUE]
        alone = len(known) == len(call.tensors) == 1 and known[0] is not None
        if any(value.name in self.without_batch for value in call.values):
            return False
        observed = self.traced.observe is not None and not self.partial
        return observed and alone and not call.in_place and call.output.name not in self.outputs

    def _takes_as_many(self, layer: Layer, call: TracedCall) -> bool:
        """Whether the layer takes as many volumes: what is a weight in it may be computed here."""
        least, most = layer.inputs
        return least <= len(call.values) and (most is None or len(call.values) <= most)

    def _has_size(self, layer: Layer, call: TracedCall) -> bool:
        """Whether the layer has the size of the call, where its inputs tell."""
        wanted, values = call.output.volume, [self.sizes.get(v.name) for v in call.values]
        known = [size for size in values if size is not None]
        if self.traced.observe is None or wanted is None or len(known) != len(values) or not known:
            return True
        found = layer.facts_for(align_rows(tuple(known)), FLOOR).output
        return found.elements == wanted.elements

    def _unique_name(self, place: str) -> str:
        """The module's name; a module that is used again gets a number behind it.

        What stands behind a `$` would be a number that a spec works out.
        """
        place = place.replace("$", "_").strip() or UNNAMED
        count = self.taken.get(place, 0)
        self.taken[place] = count + 1
        return self._unique_name(f"{place}_{count}") if count else place


def _with_other_results(traced: Traced) -> Iterator[str]:
    """Results of operators of which another result is taken too, or held by a variable."""
    held = {value for each in traced.lifetimes for value in each.values}
    yield from (beside for value, (beside, _) in traced.untaken.items() if value in held)
    parts = [call.output.name for call in traced.calls if "index" in call.arguments]
    taken = Counter(map(traced.positions.get, parts))
    yield from (name for name in parts if taken[traced.positions.get(name)] > 1)


def _image_of(found: Any, channels_last: bool) -> tuple[tuple[int, ...], int]:
    """An observed result's sizes for one image and the place of the batch; H, W, C as C, H, W."""
    sizes, batch_axis = found.image
    return ((sizes[-1], *sizes[:-1]) if channels_last else sizes), batch_axis


def _place_of(tensor: Tensor, values: list[Tensor], own: list[Tensor]) -> str:
    """What a record calls an operand."""
    if tensor in values:
        return f"i{values.index(tensor)}"
    return f"p{own.index(tensor)}" if tensor in own else "b"
