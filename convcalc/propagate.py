"""The walk over a network that computes shapes: facts and findings for every node.

Receptive fields follow Araujo, Norris and Sim, "Computing Receptive Fields of
Convolutional Neural Networks" (2019): the field grows by (extent - 1) jumps, the jump is
multiplied by the stride, the start moves by the padding; at a merge the largest counts.
"""

from typing import TYPE_CHECKING, NamedTuple, Union

from convcalc.errors import ERROR, NOTE, Finding
from convcalc.facts import LayerFacts, Problem
from convcalc.layers import Layer
from convcalc.network import Network, Node
from convcalc.shape import Shape
from convcalc.source import Span, printable
from convcalc.window import CEIL, EXACT, Window

if TYPE_CHECKING:
    from fractions import Fraction

Pixels = Union[int, "Fraction"]


class Field(NamedTuple):
    """What one output sees along an axis, in input pixels: size, distance, first pixel."""

    size: Pixels = 1
    jump: Pixels = 1
    start: Pixels = 0

    def through(self, window: Window, scale: int) -> "Field":
        """The field behind a window; `scale` is how many outputs share one step of it."""
        start = self.start - window.padding * self.jump
        size = self.size + (window.extent - 1) * self.jump
        jump = self.jump * window.stride
        return Field(size, jump if scale == 1 else _divided(jump, scale), start)


class Walked(NamedTuple):
    """A node with what its inputs tell about it."""

    node: Node
    facts: LayerFacts
    width: Field
    height: Field

    @property
    def name(self) -> str:
        """The layer's name."""
        return self.node.name

    @property
    def inputs(self) -> tuple[int, ...]:
        """Indices of the nodes that it takes."""
        return self.node.inputs

    @property
    def scope(self) -> tuple[str, ...]:
        """Names of the blocks around it, outermost first."""
        return self.node.scope

    @property
    def trainable(self) -> bool:
        """Whether its parameters are learned."""
        return self.node.trainable


class Propagation(NamedTuple):
    """A network with the facts of every node, and all that is wrong with its shapes."""

    network: Network
    nodes: list[Walked]
    findings: list[Finding]

    @property
    def outputs(self) -> tuple[int, ...]:
        """Indices of the nodes whose values leave the network."""
        return self.network.outputs

    @property
    def broken(self) -> bool:
        """Whether a finding is an error."""
        return any(finding.severity == ERROR for finding in self.findings)


class Misfit(Exception):
    """Raised by `fits` at the first error: nothing after it matters."""


def propagate(network: Network, rounding: str = "") -> Propagation:
    """Walk the network; `rounding` is for layers and networks that do not say."""
    return Walk(network, rounding or EXACT).run()


def errors_of(network: Network, rounding: str = "") -> set[tuple[str, str]]:
    """Layers with errors and the codes of these, without computing anything for people."""
    walk = Walk(network, rounding or EXACT)
    walk.quiet = True
    return {(found.layer, found.code) for found in walk.run().findings if found.severity == ERROR}


def fits(network: Network, rounding: str = "") -> bool:
    """Whether no layer has an error; stops at the first."""
    walk = Walk(network, rounding or EXACT)
    walk.quiet = walk.stop = True
    try:
        walk.run()
    except Misfit:
        return False
    return True


class Walk:
    """A walk in progress; networks that begin alike can share its beginning."""

    def __init__(self, network: Network, rounding: str) -> None:
        self.network = network
        self.rounding = network.rounding or rounding
        self.walked: list[Walked] = []
        self.findings: list[Finding] = []
        self.cache: dict[tuple[int, tuple[Shape, ...]], LayerFacts] = {}
        self.quiet = False
        self.stop = False

    def run(self) -> Propagation:
        """Walk the whole network."""
        for node in self.network.nodes:
            self.visit(node)
        return Propagation(self.network, self.walked, self.findings)

    def visit(self, node: Node) -> None:
        """Go on to the next node, whose inputs have been visited."""
        shapes = tuple([self.walked[index].facts.output for index in node.inputs])
        facts = self._facts(node.layer, shapes)
        width, height = self._fields(node, facts)
        self.walked.append(Walked(node, facts, width, height))
        if all(shape.width and shape.height for shape in shapes):
            self._judge(node, facts, shapes)  # behind an empty volume nothing new is wrong

    def _facts(self, layer: Layer, shapes: tuple[Shape, ...]) -> LayerFacts:
        key = (id(layer), shapes)
        facts = self.cache.get(key)
        if facts is None:
            facts = self.cache[key] = layer.facts(shapes, self.rounding)
        return facts

    def _fields(self, node: Node, facts: LayerFacts) -> tuple[Field, Field]:
        if not node.inputs:
            return Field(), Field()
        before = [self.walked[index] for index in node.inputs[: node.layer.valued]]
        width, height = before[0].width, before[0].height
        if len(before) > 1:
            width = _largest([walked.width for walked in before])
            height = _largest([walked.height for walked in before])
        if facts.windows is None:
            return width, height
        return (
            width.through(facts.windows[0], facts.scale[0]),
            height.through(facts.windows[1], facts.scale[1]),
        )

    def _judge(self, node: Node, facts: LayerFacts, shapes: tuple[Shape, ...]) -> None:
        for problem in facts.problems:
            span = option_span(node, problem.option)
            message, hint = self._worded(problem, node)
            self._find(Finding(problem.code, ERROR, node.name, message, hint, span))
        if facts.windows is not None and shapes:
            self._judge_windows(node, facts, shapes[0])
        if node.size is not None and node.size != facts.output:
            message = f"the output is {facts.output}, not {node.size} as the source claims"
            self._find(
                Finding(
                    "size", ERROR, node.name, message, f"write [{facts.output}]", node.size_span
                )
            )

    def _worded(self, problem: Problem, node: Node) -> tuple[str, str]:
        if not problem.operands:
            return problem.message, problem.hint
        before = [self.walked[index] for index in node.inputs]
        parts = [
            f"`{printable(walked.name)}` is {walked.facts.output}{place(walked.node, node)}"
            for walked in (before[k] for k in problem.operands)
        ]
        hint = problem.hint
        for k, walked in enumerate(before):
            hint = hint.replace(f"{{{k}}}", printable(walked.name))
        return f"{problem.message}: {', '.join(parts)}", hint

    def _judge_windows(self, node: Node, facts: LayerFacts, shape: Shape) -> None:
        assert facts.windows is not None
        axes = list(zip(facts.windows, shape[:2], ("width", "height"), strict=True))
        wrong = [(w, size, axis) for w, size, axis in axes if not w.fits(size)]
        if not wrong or not facts.fitted:
            return
        empty = [part for part in wrong if not part[0].output(part[1], facts.rounding)]
        if empty:
            self._find(self._empty(node, *empty[0]))
        elif facts.rounding == EXACT:
            self._find(Finding("fit", ERROR, node.name, self._misfit(wrong, shape), "", node.span))
        elif not self.quiet:
            self._find(
                Finding("fit", NOTE, node.name, _rounded(wrong, facts.rounding), "", node.span)
            )

    def _find(self, finding: Finding) -> None:
        if self.stop and finding.severity == ERROR:
            raise Misfit
        self.findings.append(finding)

    def _empty(self, node: Node, window: Window, size: int, axis: str) -> Finding:
        message = (
            ""
            if self.quiet
            else (
                f"a window of {window.extent} does not fit into the {axis} {size} even once: "
                f"{formula(window, size)}"
            )
        )
        return Finding("empty", ERROR, node.name, message, "", node.span)

    def _misfit(self, wrong: list[tuple[Window, int, str]], shape: Shape) -> str:
        if self.quiet:
            return ""
        same = len(wrong) == 2 and wrong[0][:2] == wrong[1][:2]
        parts = [f"{formula(window, size)} along {axis}" for window, size, axis in wrong]
        if same:
            parts = [f"{formula(*wrong[0][:2])} along width and height"]
        return f"the window does not tile its input {shape} exactly: {' and '.join(parts)}"


def formula(window: Window, size: int) -> str:
    """The notes' formula with its numbers filled in: `(10 - 3 + 2*0)/2 + 1 = 4.5`."""
    filled = f"{size} - {window.extent} + "
    uneven = window.padding_end is not None and window.padding_end != window.padding
    filled += f"{window.total_padding}" if uneven else f"2*{window.padding}"
    return f"({filled})/{window.stride} + 1 = {decimal(window.exact(size))}"


def decimal(value: "Fraction") -> str:
    """A fraction as a decimal number where it ends, else as `12 2/3`."""
    for digits in range(4):
        if (value * 10**digits).denominator == 1:
            return f"{float(value):.{digits}f}"
    whole, rest = divmod(value, 1)
    return f"{whole} {rest}" if whole else str(rest)


def place(node: Node, beside: Node) -> str:
    """Where a node was written, for a sentence about another: ` (line 7, column 5)`."""
    span = node.span
    if span is None:
        return ""
    if beside.span is None or span.source.name != beside.span.source.name:
        return f" ({span})"
    return f" (line {span.line}, column {span.column})"


def option_span(node: Node, option: str) -> Span | None:
    """Where an option of a node was written; the whole layer where it was not."""
    field = node.layer.options().get(option.lower())
    for argument in node.arguments:
        if field is not None and node.layer.options().get(argument.name.lower()) is field:
            return argument.span
    return node.span


def _rounded(wrong: list[tuple[Window, int, str]], rounding: str) -> str:
    parts = [_rounded_axis(window, size, rounding, axis) for window, size, axis in wrong]
    if len(wrong) == 2 and wrong[0][:2] == wrong[1][:2]:
        parts = [_rounded_axis(*wrong[0][:2], rounding, "width and height")]
    return f"{'; '.join(parts)} (rounding: {rounding})"


def _rounded_axis(window: Window, size: int, rounding: str, axis: str) -> str:
    used = window.output(size, rounding)
    text = f"{formula(window, size)} along {axis} becomes {used}"
    lost = window.unread(size, rounding)
    if rounding == CEIL and used > window.output(size):
        return f"{text}, the last window reaches over the edge"
    if not lost:
        return f"{text}, only padding is never read"
    what = {"width": "column", "height": "row"}.get(axis, "column and row")
    if axis not in ("width", "height"):
        return (
            f"{text}, {lost} {what} never read"
            if lost == 1
            else f"{text}, {lost} columns and {lost} rows never read"
        )
    return f"{text}, {lost} {what}{'s' if lost > 1 else ''} never read"


def _largest(fields: list[Field]) -> Field:
    size = max(field.size for field in fields)
    return Field(size, max(field.jump for field in fields), min(field.start for field in fields))


def _divided(jump: Pixels, scale: int) -> Pixels:
    from fractions import Fraction  # only upsampling needs it

    value = Fraction(jump) / scale
    return int(value) if value.denominator == 1 else value
