"""What every layer type has in common."""

from collections.abc import Iterator
from functools import cache
from typing import Any, ClassVar, NamedTuple, Self, dataclass_transform

from convcalc.facts.layer_facts import LayerFacts, Problem
from convcalc.facts.shape import Shape
from convcalc.facts.torch_calls import ObservedCall, TracedCall
from convcalc.facts.torch_code import Code
from convcalc.facts.units import as_written
from convcalc.layers._options import REQUIRED, Option, default_along


class Context(NamedTuple):
    """What the notes' defaults of a pattern depend on."""

    stage: int = 0  # layers before this one that end a stage (POOL)
    last: bool = False  # no other layer of the type comes after
    filters: int = 64
    hidden: int = 4096
    classes: int = 1000
    input: Shape = Shape(224, 224, 3)
    axes: int = 2  # of the layer's input
    asked: set[str] | None = None  # takes the defaults that layers ask for

    def default(self, name: str) -> int:
        """`filters`, `hidden` or `classes`, for a layer that does not say how many."""
        if self.asked is not None:
            self.asked.add(name)
        found: int = getattr(self, name)
        return found


Options = dict[str, Any]
AXES = "axes"  # in what a spelling presets: how many its input has, as `conv1d` says
Assumption = tuple[str, Any, str]  # field, value, the sentence that the report prints


def flat_only(volume: Shape, what: str) -> LayerFacts:
    """The facts of a layer that PyTorch has for width and height alone, behind another volume."""
    axes = " x ".join(volume.axes)
    problem = Problem("axes", f"PyTorch has {what} along width and height only, not {axes}")
    return LayerFacts(volume, 0, problems=(problem,))


def class_along(stem: str, volume: Shape) -> str:
    """The class of torch.nn for volumes of so many axes, `BatchNorm2d`."""
    return f"{stem}{len(volume.sides)}d"


@dataclass_transform(frozen_default=True)
class Layer:
    """A layer type: its options are attributes made by `option`, its facts one method.

    Subclasses stand in a file named after their keyword, one each.
    """

    options: ClassVar[tuple[Option, ...]] = ()  # in the order of the class, inherited ones first
    keyword: ClassVar[str]
    spellings: ClassVar[dict[str, dict[str, object]]] = {}  # other keyword -> what it presets
    reported_as: ClassVar[str] = ""  # the `type` in reports, when not the keyword
    inputs: ClassVar[tuple[int, int | None]] = (1, 1)  # how many volumes it takes
    shares_any: ClassVar[bool] = False  # whether `share` may name a layer of another type
    valued: ClassVar[int | None] = None  # how many of them give values, the others a size only
    branch_names: ClassVar[tuple[str, ...]] = ()  # branches that are options, as residual has
    declares_size: ClassVar[bool] = False  # its [WxHxD] is its size, no claim about it
    ends_stage: ClassVar[bool] = False  # layers behind it are numbered anew: pool1, conv2_1
    numbered_in: ClassVar[str] = "stage"  # or "network": fc1, fc2
    pooled_instead: ClassVar[str] = ""  # keyword of the layer without weights that can stand here
    elementwise: ClassVar[bool] = False  # each value by itself, whatever the volume's shape
    slides: ClassVar[bool] = False  # a window of its options kernel_size, stride and padding
    cancels_bias: ClassVar[bool] = False  # a constant added to a channel before it has no effect
    drops_results: ClassVar[bool] = False  # of an operator with several it gives only the first
    takes_positions: ClassVar[bool] = False  # of its second input the positions of the maxima
    computes: ClassVar[tuple[str, ...]] = ()  # torch's operators (or modules) that it stands for

    def __init_subclass__(cls) -> None:
        cls.options += tuple(own for own in vars(cls).values() if isinstance(own, Option))

    def __init__(self, **given: Any) -> None:
        values = {each.name: given.pop(each.name, each.default) for each in self.options}
        wrong = [*given, *[name for name, value in values.items() if value is REQUIRED]]
        if wrong:
            raise TypeError(f"{self.keyword} has no {wrong[0]}")
        self.__dict__.update(values)
        self.check_options()

    def check_options(self) -> None:
        """Raise ValueError where values do not go together."""

    def with_options(self, **changes: Any) -> Self:
        """The layer with other values of some options."""
        return type(self)(**{**self.__dict__, **changes})

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self.__dict__ == other.__dict__

    def __hash__(self) -> int:
        return hash((type(self), *self.__dict__.values()))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.__dict__})"

    @property
    def type_name(self) -> str:
        """The upper-case name of the type in reports."""
        return self.reported_as or self.keyword

    @classmethod
    def assume_options(cls, given: dict[str, Any], context: Context) -> Iterator[Assumption]:
        """What a pattern means that does not say everything, by the notes' conventions."""
        return iter(())

    @classmethod
    def from_call(cls, call: TracedCall) -> Options | None:
        """The options of the layer that does what a call of one of `computes` does.

        None where the call has arguments that no options can say.
        """
        return {}

    @classmethod
    def from_observed(cls, call: ObservedCall) -> Options | None:
        """The options of the layer that a call is which nothing else stands for."""
        return None

    def facts_for(self, inputs: tuple[Shape, ...], rounding: str) -> LayerFacts:
        """The layer's facts for the shapes of its inputs.

        `rounding` is the network's; a layer with an option of that name has the last word.
        """
        raise NotImplementedError(self.keyword)

    def torch_code(self, inputs: tuple[Shape, ...], output: Shape) -> Code | None:
        """How PyTorch writes the layer, or None where nothing is known but its size.

        Raises:
            ValueError: PyTorch has no such layer; its arguments are the message and a hint.
        """
        return None

    @property
    def axes(self) -> int:
        """Of what a layer without inputs gives."""
        return 2

    def axes_behind(self, axes: int) -> int:
        """Of what it gives where what it takes has so many."""
        return axes

    def resized(self, size: Shape) -> Self:
        """The layer that declares another size.

        Raises:
            ValueError: it has other axes than the layer; what is wrong, and what to write.
        """
        return self

    def beside(self, axes: int) -> Self:
        """The layer as a further input of a network whose first one has so many axes."""
        return self

    def in_favour(self) -> "Layer | None":
        """What the notes of 2016 say has taken this layer's place inside of networks, if any."""
        return None

    def problems_behind(self, sources: "Sources", output: Shape) -> tuple[Problem, ...]:
        """What is wrong with taking just these layers, whatever comes out of them."""
        return ()

    @property
    def sees_whole_image(self) -> bool:
        """Whether a value depends on every position, without a window that says so."""
        return False

    def as_convolution(self, volume: Shape) -> "Layer | None":
        """What computes the same on this input and slides over a larger one (notes, 2.5).

        None where the layer falls away because it only gives the values another shape.
        """
        return self

    def weights_filled_in(self, volume: Shape, output: Shape) -> str:
        """The product that the number of weights is, `(11*11*3)*96`: of one neuron in brackets.

        Empty where the shapes of the parameters say it all.
        """
        return ""

    def size_filled_in(self, inputs: tuple[Shape, ...]) -> tuple[str, ...]:
        """How the output's size arises, where a window that slides over the input does not say."""
        return ()

    def window_in_words(self, inputs: tuple[Shape, ...], output: Shape) -> tuple[str, ...]:
        """What becomes of the values in a window, where that is no sum of products."""
        return ()

    def backward_in_words(self, learns: bool) -> tuple[str, ...]:
        """Where the gradient of the output goes, where the notes say it of the type.

        `learns` is whether its weights get one.
        """
        return ()

    @classmethod
    @cache
    def options_by_name(cls) -> dict[str, Option]:
        """The options by every name they can be written with, in lower case."""
        return {name.lower(): each for each in cls.options for name in (each.name, *each.spellings)}

    def option_value(self, name: str) -> Any:
        """An option's value under PyTorch's name; None where the type has no such option."""
        return self.__dict__.get(name)

    def hyperparameters(self) -> dict[str, Any]:
        """Every option with its value, under PyTorch's name."""
        return {name: value for name, value in self.__dict__.items() if value is not None}

    def summary(self) -> str:
        """The hyperparameters as one short text, by the notes' letters: `F=3 S=1 P=1`."""
        return " ".join(filter(None, map(self._short_value, self.options)))

    def _short_value(self, option: Option) -> str:
        value = self.__dict__[option.name]
        if value is None or option.shown == "never":
            return ""
        if option.shown == "changed" and value == default_along(option.default, value):
            return ""
        name = option.spellings[0] if option.spellings else option.name
        if len(name) > 1:
            name = option.name
        if isinstance(value, tuple) and len(set(value)) == 1:
            value = value[0]
        return f"{name}={as_written(value)}"


Sources = tuple[tuple[Layer, tuple[Shape, ...]], ...]  # layers, and the shapes that each took
