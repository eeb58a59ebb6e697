"""Every figure that is told of a layer or of a network, one entry each.

Columns, conditions, orders, limits, differences, JSON, CSV and the documents' tables read the
entries, so that a new figure is an entry here and its test.
"""

from collections.abc import Callable, Mapping
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from convcalc.facts.setup import INFER, TRAIN, Setup
from convcalc.facts.shape import AXES, Shape, Vector
from convcalc.facts.units import format_bytes, format_count, parse_bytes, parse_count
from convcalc.text.errors import ERROR
from convcalc.text.source import printable

if TYPE_CHECKING:
    from convcalc.answers.families.figures import Figures
    from convcalc.answers.layer_row import LayerRow

Reader = Callable[["LayerRow"], Any]  # of a value from a row
ANALYZE, COMPARE, DIFF, SWEEP = "analyze", "compare", "diff", "sweep"


class Unit(NamedTuple):
    """How values of a kind are shown, read from a condition, ordered, and written as JSON."""

    name: str  # what conditions call the kind; kinds of one name can be compared
    show: Callable[[Any], str] = str
    parse: Callable[[str], int] | None = None
    plain: Callable[[Any], Any] | None = None  # None: JSON has the value itself
    order: Callable[[Any], Any] | None = None  # None: the value itself is compared
    right: bool = True
    width: int = 0  # columns of a table whose later rows are not known


def number(value: Any) -> int | float:
    """An integer, or the number nearest to a fraction."""
    return value if isinstance(value, int) else float(value)


def _shown_axes(value: tuple[Any, ...]) -> str:
    sides = [str(side) if isinstance(side, int) else f"{float(side):g}" for side in value]
    return sides[0] if len(set(sides)) == 1 else "x".join(sides)


def plain_axes(value: tuple[Any, ...]) -> dict[str, int | float]:
    """Pixels by the names of the axes."""
    return dict(zip(AXES[len(value)], map(number, value), strict=True))


def plain_size(value: Shape) -> dict[str, Any]:
    """A size by its axes, and as PyTorch has it; values without axes are 1 wide and high."""
    flat = isinstance(value, Vector)
    found: dict[str, Any] = dict(Shape(1, 1, value.channels).options if flat else value.options)
    found["shape"] = list(value.in_torch)
    return found


TEXT = Unit("a text", printable, right=False)
COUNT = Unit("a number", format_count, parse_count, width=13)
BYTES = Unit("bytes", format_bytes, parse_bytes, width=10)
PIXELS = Unit("a number", _shown_axes, parse_count, plain_axes, max, width=5)
TRUTH = Unit("true or false", lambda value: "yes" if value else "no", right=False)
SIZE = Unit("a size", str, plain=plain_size)
PERCENT = Unit("a number", lambda value: f"{100 * value:.1f} %", parse_count)  # of parts of 1

KINDS: dict[str, Unit] = {unit.name: unit for unit in (PIXELS, COUNT, BYTES, TRUTH)}


def _as_key(name: str) -> str:
    """A name in small letters, its words joined as those of keys are."""
    return "_".join(name.lower().replace("-", " ").replace("_", " ").split())


class Figure(NamedTuple):
    """A figure: what it is called, how it is read, and which commands tell it."""

    key: str
    title: str
    unit: Unit = COUNT
    layer: Reader | None = None  # None: it is none of layers
    network: Callable[["Figures"], Any] | None = None  # None: the layers' sum, if it has one
    sums: bool = False  # over layers
    commands: tuple[str, ...] = (COMPARE, SWEEP, DIFF)  # that tell it of a network
    tables: tuple[str, ...] = (COMPARE, SWEEP)  # of commands, that show it without being asked
    keep: int = 0  # what a narrow terminal leaves out first has the smallest number
    keep_of_network: int | None = None  # the same in tables of networks, where it is another
    json: str | None = None  # its key in JSON where that is another; "": it stands there already
    alias: str = ""  # another name for it
    meaning: str = ""  # where the title says too little
    words: str = ""  # in the totals of a difference, where that is not the key
    limit: str = ""  # what a budget's limit of it is a number of
    over: str = ""  # what it means that there is more than that
    needs_limit: bool = False
    larger_is_better: bool = False
    leads: bool = False  # of a network's figures
    width: int = 0  # where that is not the unit's

    @property
    def names(self) -> tuple[str, ...]:
        """What it is called: its key, its title as a key, and its alias."""
        return tuple(filter(None, (self.key, _as_key(self.title), self.alias)))

    def is_called(self, name: str) -> bool:
        """Whether this is a name for it, however it is written."""
        return _as_key(name) in self.names

    def of_layer(self, row: "LayerRow") -> Any:
        """Its value for a row, which may stand for a whole block."""
        if row.sums is not None and self.sums:
            return row.sums[self.key]
        return self.reader(row)

    @property
    def reader(self) -> Reader:
        """What reads its value from the row of one layer, which stands for no block."""
        assert self.layer is not None
        return self.layer

    def of_network(self, figures: "Figures") -> Any:
        """Its value for a network."""
        if self.network is not None:
            return self.network(figures)
        return sum(map(self.of_layer, figures.rows))

    def total(self, rows: "list[LayerRow]") -> Any:
        """The sum over rows, or None where it makes no sense or a value is not known."""
        values = [self.of_layer(row) for row in rows] if self.sums else [None]
        return None if None in values else sum(values)

    def shown(self, value: Any) -> str:
        """A value as people read it; nothing where it is not known."""
        return "" if value is None else self.unit.show(value)

    def plain(self, value: Any) -> Any:
        """A value as JSON has it."""
        return value if self.unit.plain is None or value is None else self.unit.plain(value)

    def order(self, value: Any) -> Any:
        """A value as it is compared with others."""
        return value if self.unit.order is None else self.unit.order(value)


def _share_of(key: str) -> Callable[["LayerRow"], float]:
    """A row's part of the network's sum."""
    return lambda row: getattr(row, key) / row.totals[key] if row.totals[key] else 0.0


def _hyperparameters(row: "LayerRow") -> str:
    """The options, and what the layer takes when that is not just the one before."""
    joined = f"of {row.origin}" if row.origin else ""
    borrowed = f"parameters of {row.shares}" if row.shares else ""
    return " ".join(filter(None, (row.summary(), joined, borrowed)))


ACTIVATION = "activation"  # whose limit is one of every layer
_NONE: tuple[str, ...] = ()
_ASKED = (ANALYZE,)
_OF_LAYERS: dict[str, Any] = {"commands": _NONE, "tables": _NONE}
_SHOWN: dict[str, Any] = {"commands": _NONE, "tables": _ASKED}
_COMPARED: dict[str, Any] = {"commands": (COMPARE,), "tables": (COMPARE,)}

FIGURES: dict[str, Figure] = {
    figure.key: figure
    for figure in (
        Figure("name", "Layer", TEXT, attrgetter("name"), **_SHOWN, keep=99, json=""),
        Figure("type", "Type", TEXT, attrgetter("type"), **_SHOWN, keep=91, json=""),
        Figure("inputs", "Inputs", TEXT, lambda row: " ".join(row.inputs), **_OF_LAYERS, json=""),
        Figure("hyperparameters", "Hyperparameters", TEXT, _hyperparameters, **_SHOWN, keep=96,
               json=""),
        Figure("output", "Size", SIZE, attrgetter("output"), **_SHOWN, keep=98,
               meaning="width x height x channels"),
        Figure("activations", "Activations", COUNT, attrgetter("activations"),
               lambda found: found.activations, True, tables=_ASKED, keep=1,
               meaning="values of the output for one image; 0 where a layer works in place"),
        Figure("memory", "Memory (notes)", BYTES, attrgetter("activation_bytes"), sums=True,
               **_SHOWN, keep=97, json="activation_bytes",
               meaning="bytes of the output for the batch, as CS231n's notes count them"),
        Figure("weights", "Weights", COUNT, attrgetter("weights"), sums=True, **_SHOWN, keep=2,
               meaning="without biases"),
        Figure("biases", "Biases", COUNT, attrgetter("biases"), sums=True, **_OF_LAYERS),
        Figure("parameters", "Parameters", COUNT, attrgetter("parameters"),
               lambda found: found.parameters, True, tables=(ANALYZE, COMPARE, SWEEP), keep=94,
               limit="parameters",
               over="There are more parameters than the budget has", leads=True,
               meaning="weights and biases"),
        Figure("buffers", "Buffers", COUNT, attrgetter("buffers"), sums=True, **_OF_LAYERS),
        Figure("macs", "MACs", COUNT, attrgetter("macs"), lambda found: found.macs, True,
               tables=(ANALYZE, COMPARE, SWEEP), keep=93, limit="multiply-adds an image",
               over="There are more multiply-adds than the budget has", leads=True, width=16,
               meaning="multiply-adds for one image"),
        Figure("memory_share", "Share of memory", PERCENT, _share_of("activations"), sums=True,
               **_OF_LAYERS, json="", alias="share"),
        Figure("parameter_share", "Parameters %", PERCENT, _share_of("parameters"), sums=True,
               **_OF_LAYERS, json=""),
        Figure("mac_share", "MACs %", PERCENT, _share_of("macs"), sums=True, **_OF_LAYERS,
               json=""),
        Figure("layers", "Layers", COUNT, network=lambda found: found.layers, commands=(SWEEP,),
               tables=_NONE),
        Figure("depth", "Depth", COUNT, network=lambda found: found.depth,
               commands=(COMPARE, SWEEP), larger_is_better=True, width=5),
        Figure("receptive_field", "Field", PIXELS, attrgetter("receptive_field"),
               lambda found: found.receptive_field, commands=(COMPARE, SWEEP),
               tables=(ANALYZE, COMPARE, SWEEP), keep=95, keep_of_network=90, alias="field",
               larger_is_better=True,
               meaning="pixels of the image, along each axis, that a value sees"),
        Figure("jump", "Jump", PIXELS, attrgetter("jump"), **_OF_LAYERS,
               meaning="pixels of the image from one value to the next"),
        Figure("parameter_bytes", "Parameter memory", BYTES, attrgetter("parameter_bytes"),
               sums=True, **_OF_LAYERS),
        Figure("held", "Held", BYTES, attrgetter("held"), sums=True, **_OF_LAYERS,
               json="held_for_backward",
               meaning="bytes that autograd keeps for its backward pass and for no layer's before "
                       "it, whoever made them"),
        Figure("at_peak", "At the peak", BYTES, attrgetter("made_at_peak"), sums=True,
               **_OF_LAYERS, json="made_at_peak",
               meaning="bytes of activations, and of indices, masks, statistics and copies beside "
                       "them, that it made and that are alive when memory is at its most, "
                       "whoever keeps them"),
        Figure("forward", "Live forward", BYTES, attrgetter("live_forward"), **_OF_LAYERS,
               json="live_forward"),
        Figure("backward", "Live backward", BYTES, attrgetter("live_backward"), **_OF_LAYERS,
               json="live_backward"),
        Figure("train", "To train", BYTES, network=lambda found: found.in_mode(TRAIN).figure,
               **_COMPARED, keep=96),
        Figure("infer", "To run", BYTES, network=lambda found: found.in_mode(INFER).figure,
               **_COMPARED, keep=92),
        Figure("train_textbook", "To train, by the notes", BYTES, commands=(COMPARE,),
               network=lambda found: found.in_mode(TRAIN).textbook, tables=_NONE),
        Figure("infer_textbook", "To run, by the notes", BYTES, commands=(COMPARE,),
               network=lambda found: found.in_mode(INFER).textbook, tables=_NONE),
        Figure("peak", "Peak live", BYTES, network=lambda found: found.peak, commands=(SWEEP, DIFF),
               words="peak memory, batch {batch}", keep=92),
        Figure("textbook", "By the notes", BYTES, network=lambda found: found.textbook,
               commands=(SWEEP,), tables=_NONE),
        Figure("figure", "Takes", BYTES, network=lambda found: found.figure,
               commands=(SWEEP, DIFF), words="{rule} memory, batch {batch}", needs_limit=True,
               keep=96),
        Figure("max_batch", "Max batch", COUNT, network=lambda found: found.max_batch,
               commands=(COMPARE, SWEEP), needs_limit=True, larger_is_better=True, width=9,
               keep=97),
        Figure("fits", "Fits", TRUTH, network=lambda found: found.fits, commands=(COMPARE, SWEEP),
               tables=_NONE),
        Figure("why_not", "Why not", TEXT, network=lambda found: found.why_not,
               commands=(COMPARE, SWEEP), tables=_NONE),
        Figure(ACTIVATION, "Largest output", COUNT,
               network=lambda found: max(n.facts.activations for n in found.walked.nodes),
               commands=_NONE, tables=_NONE, limit="values of a layer",
               over="A layer's output is larger than the budget has"),
    )
}  # fmt: skip


def of_layers() -> list[Figure]:
    """What every layer has: the columns that `analyze` knows."""
    return [figure for figure in FIGURES.values() if figure.layer is not None]


def told_by(command: str) -> list[Figure]:
    """What a command tells of a network, the most wanted first."""
    found = [figure for figure in FIGURES.values() if command in figure.commands]
    return sorted(found, key=lambda figure: not figure.leads)


def shown_by(command: str, limited: bool = True) -> list[Figure]:
    """What a command's table shows of a network without being asked."""
    return [figure for figure in told_by(command)
            if command in figure.tables and (limited or not figure.needs_limit)]  # fmt: skip


def shown_of_layers() -> tuple[str, ...]:
    """Keys of the columns that `analyze` shows without being asked."""
    return tuple(figure.key for figure in of_layers() if ANALYZE in figure.tables)


def limited() -> list[Figure]:
    """What a budget can limit, beside memory; the budget's keys are theirs."""
    found = (figure for figure in FIGURES.values() if figure.limit)
    return sorted(found, key=lambda figure: not figure.leads)


def json_of_layers() -> list[tuple[str, Figure]]:
    """What JSON tells of each layer beside its description: counts, bytes, pixels."""
    kinds = [SIZE, COUNT, BYTES, PIXELS]
    found = [(each.key if each.json is None else each.json, each) for each in of_layers()]
    order = {id(unit): place for place, unit in enumerate(kinds)}
    found.sort(key=lambda pair: order.get(id(pair[1].unit), len(kinds)))
    return [(key, figure) for key, figure in found if key]


class NetworkRow(NamedTuple):
    """A network's figures as plain values, by their keys; `head` says which network it is."""

    head: dict[str, Any]
    values: dict[str, Any]
    findings: tuple[Any, ...] = ()
    setup: Setup | None = None  # that it is run under; None for a member that cannot be
    fits_batch: Callable[[int], bool] | None = None  # whether one does; None without a limit
    parts: Mapping[str, int] = {}  # bytes that add up to what it takes, by PyTorch's model
    peak_phase: str = ""  # of the step, when that is

    @property
    def fits(self) -> bool:
        """Whether every window tiles its input, and the run is within the limit."""
        return bool(self.values["fits"])

    @property
    def under_words(self) -> str:
        """Which of several setups it is under; empty where there is one."""
        under = self.head.get("under", {}).items()
        return ", ".join(f"batch {each}" if name == "batch" else str(each) for name, each in under)

    @property
    def broken(self) -> bool:
        """Whether sizes do not fit, and what is worked out from them tells nothing."""
        return any(finding.severity == ERROR for finding in self.findings)


def row_of(command: str, head: dict[str, Any], figures: "Figures") -> NetworkRow:
    """All that a command tells of a network, worked out."""
    limit = figures.conditions.limit
    values = {
        figure.key: None if figure.needs_limit and limit is None else figure.of_network(figures)
        for figure in told_by(command)
    }
    return NetworkRow(head, values, tuple(figures.findings), figures.conditions.setup)
