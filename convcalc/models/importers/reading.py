"""From calls to layers: every layer type is asked for the operators that it computes."""

import dataclasses
from typing import NamedTuple

from convcalc.facts.shape import Shape, Vector
from convcalc.facts.torch_calls import BUFFER, VALUE, Tensor, TracedCall
from convcalc.layers import Layer, all_types
from convcalc.layers._base import Options
from convcalc.models.importers.traced import Traced
from convcalc.models.writing.items import INPUT, Listing, NamedLayer
from convcalc.text.errors import ConvcalcError
from convcalc.text.source import printable
from convcalc.text.syntax.tree import TRACED

OTHERWISE = ""  # the operator of the layer that stands for whatever no other does
MOST = 20  # of them in a message
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


class Unknown(NamedTuple):
    """A call that no layer stands for."""

    call: TracedCall
    name: str


class Unexpressible(ConvcalcError):
    """Operators that no layer stands for, each with where it is."""

    def __init__(self, unknown: list[Unknown]) -> None:
        unknown = list({(each.call.operator, each.name): each for each in unknown}.values())
        count = len(unknown)
        what = f"{count} operators" if count > 1 else "an operator"
        super().__init__(f"{what} that no layer stands for", "--partial writes opaque layers")
        self.lines = [f"    {each.call.operator} in {each.name}" for each in unknown[:MOST]]
        if count > MOST:
            self.lines.append(f"    and {count - MOST} more")

    def quoted_lines(self) -> list[str]:
        """The operators, one a line."""
        return [printable(line) for line in self.lines]


def types_by_operator() -> dict[str, list[type[Layer]]]:
    """The layer types by the operators and modules that they compute."""
    found: dict[str, list[type[Layer]]] = {}
    for layer in all_types():
        for operator in layer.computes:
            found.setdefault(operator, []).append(layer)
    return found


def module_names() -> frozenset[str]:
    """Names of module classes that are read as a whole: those with a capital letter."""
    return frozenset(name for name in types_by_operator() if name[:1].isupper())


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
        self.axes = {len(volume.sides) for volume in volumes if volume}  # of the network's volumes
        self.names = {each.name: each.name if several else INPUT for each in traced.given}
        self.taken = dict.fromkeys(self.names.values(), 1)  # names of layers; above by value
        self.owners: dict[str, str] = {}  # the layer that a parameter came with
        self.items: list[NamedLayer] = []
        self.unknown: list[Unknown] = []
        self.assumed: list[str] = []  # in sentences

    def read_listing(self) -> Listing:
        for call in self.traced.calls:
            self._visit_call(call)
        if self.unknown and not self.partial:
            raise Unexpressible(self.unknown)
        outputs = tuple(self.names[name] for name in self.traced.outputs)
        traced = self.traced
        comments = (f"Imported from {traced.source}", *traced.assumed, *self.assumed)
        image = traced.input.volume or Shape(1, 1, 1)
        inputs = tuple((each.name, each.volume or Shape(1, 1, 1)) for each in traced.given)
        made = Listing(traced.name, image, self.items, outputs, comments, lifetimes=TRACED)
        return made._replace(inputs=inputs) if traced.more else made

    def _visit_call(self, call: TracedCall) -> None:
        name = self._unique_name(call.place)
        layer = self._layer_of(call)
        if layer is None:
            self.unknown.append(Unknown(call, call.place))
            if call.output.volume and self._has_other_axes(call.output):
                batch = call.output.shape[0]  # its size is told as that of a row
                row = call.output._replace(shape=(batch, call.output.elements // max(1, batch)))
                call = call._replace(output=row)
            layer = self.types[OTHERWISE][0](**self.types[OTHERWISE][0].from_call(call) or {})
        inputs = tuple(self.names[value.name] for value in call.values) or (
            next(iter(self.names.values())),
        )
        self.names[call.output.name] = name
        parameters = call.parameters
        shares = {self.owners.get(each.name, name) for each in parameters} - {name}
        for each in parameters:
            self.owners.setdefault(each.name, name)
        trainable = all(each.trainable for each in parameters)
        weight = call.arguments.get("weight")
        if isinstance(weight, Tensor) and weight.kind == BUFFER:
            trainable = False
            self.assumed.append(
                f"The weights of {name} are a buffer: counted as parameters that do not learn."
            )
        other, size = min(shares, default=""), call.output.volume
        if other and (len(shares) > 1 or any(self.owners[p.name] == name for p in parameters)):
            self.unknown.append(Unknown(call._replace(operator="a part of its parameters"), name))
        self.items.append(NamedLayer(name, layer, inputs, trainable, other, size=size))

    def _has_other_axes(self, value: Tensor) -> bool:
        """Whether a value is no volume of the network: none, or one of other axes."""
        volume = value.volume
        if volume is None or isinstance(volume, Vector):
            return volume is None
        return len(volume.sides) not in self.axes

    def _layer_of(self, call: TracedCall) -> Layer | None:
        if any(self._has_other_axes(value) for value in [*call.values, call.output]):
            return None
        weight = call.arguments.get("weight")
        if isinstance(weight, Tensor) and weight.kind == VALUE:
            return None  # weights that are computed
        for kind in self.types.get(call.operator, ()):
            ordered = kind.elementwise or call.operator in ANY_ORDER
            if not ordered and any(value.channels_last for value in call.values):
                continue
            options = _options_of(kind, call)
            if options is not None:
                try:
                    return kind(**{**_sizes_along(kind, call), **options})
                except (TypeError, ValueError):
                    return None  # options that go together in no layer
        return None

    def _unique_name(self, place: str) -> str:
        """The module's name; a module that is used again gets a number behind it."""
        count = self.taken.get(place, 0)
        self.taken[place] = count + 1
        return self._unique_name(f"{place}_{count}") if count else place


def _sizes_along(kind: type[Layer], call: TracedCall) -> Options:
    """Sizes that a layer has by default, for as many axes as its input has."""
    volume = call.values[0].volume if call.values else None
    if volume is None or isinstance(volume, Vector):
        return {}
    defaults = {each.name: each.default for each in dataclasses.fields(kind)}
    sizes = {name: value for name, value in defaults.items() if isinstance(value, tuple)}
    return {name: value[:1] * len(volume.sides) for name, value in sizes.items()}


def _options_of(kind: type[Layer], call: TracedCall) -> Options | None:
    try:
        return kind.from_call(call)
    except (KeyError, TypeError, ValueError, IndexError, AttributeError):
        return None  # arguments of another form than torch's own
