"""What every rule is, and what rules ask about layers, none of which they know by name."""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from convcalc.facts.layer_facts import BIAS
from convcalc.facts.shape import AXES, Shape
from convcalc.models.writing.shorthand import pattern_text, value_text
from convcalc.network.layer_options import canonical_name
from convcalc.text.errors import Finding
from convcalc.walk.propagation import Propagation
from convcalc.walk.receptive_field import Walked


class Spot(NamedTuple):
    """A layer that a rule is about; the hint names what to write in its place, in backticks."""

    node: Walked
    message: str
    hint: str


class LintRule(NamedTuple):
    """A rule of thumb: `section` is that of CS231n's notes which gives the `reason`.

    A rule without a section is our own. `axes`: of how many it says something; those about a
    window's size are the notes' advice for images.
    """

    title: str
    severity: str
    section: str
    reason: str
    check: Callable[[Propagation], Iterator[Spot]]
    axes: tuple[int, ...] = tuple(AXES)

    @property
    def origin(self) -> str:
        """Whose rule it is, and where it stands."""
        return f"CS231n's notes, {self.section}" if self.section else "a rule of our own"

    @property
    def volumes(self) -> str:
        """For which volumes it holds."""
        return "images" if self.axes == IMAGES else "1-D to 3-D"

    def findings(self, code: str, walked: Propagation) -> Iterator[Finding]:
        """What the rule finds in a network; nothing along axes that it says nothing of."""
        for spot in self.check(walked):
            source = spot.node.inputs[:1]
            volume = walked.nodes[source[0]] if source else spot.node
            axes = len(volume.facts.output.sides)
            if axes in AXES and axes not in self.axes:
                continue
            message = f"{spot.message}. {self.reason} ({self.origin})"
            node = spot.node
            yield Finding(code, self.severity, node.name, message, spot.hint, node.node.span)


def changed_text(node: Walked, **changes: Any) -> str:
    """What to write for a layer with options changed: in YAML these alone, beside what stands
    there; in a pattern the whole item with its name.
    """
    layer, written = node.node.layer, node.node.arguments
    if not any(argument.key_span for argument in written):
        names = [f"name={argument.value}" for argument in written if argument.name == "name"]
        return pattern_text(layer, *names, **changes)
    new = layer.with_options(**changes)
    return ", ".join(
        f"{canonical_name(field)}: {value_text(value)}"
        for field in layer.options
        if (value := new.option_value(field.name)) != layer.option_value(field.name)
    )


def first_line(text: str | None) -> str:
    """What a rule is about: the first sentence of its module."""
    return (text or "").split("\n")[0].rstrip(".")


def inputs_apart(walked: Propagation) -> Iterator[tuple[Walked, list[Walked]]]:
    """Each input, equal ones as one, and the layers behind it that have as many axes."""
    first = walked.nodes[0].node.layer
    seen: list[object] = []
    for image in walked.nodes:
        layer, axes = image.node.layer, len(image.facts.output.sides)
        if image.inputs or type(layer) is not type(first) or layer in seen:
            continue
        seen.append(layer)
        behind: list[bool] = []
        for node in walked.nodes:
            same = not node.inputs and node.node.layer == layer
            behind.append(same or any(behind[k] for k in node.inputs))
        yield (
            image,
            [n for n, of in zip(walked.nodes, behind, strict=True) if of and len(n.jumps) == axes],
        )


def input_volume(walked: Propagation, node: Walked) -> Shape:
    """What a layer takes, the first volume where there are several."""
    return walked.nodes[node.inputs[0]].facts.output


def weight_count(node: Walked) -> int:
    """Elements of a layer's weights, biases left out as in the notes."""
    return sum(p.elements for p in node.facts.parameters if p.role != BIAS)


def is_convolution(node: Walked) -> bool:
    """Whether a layer slides filters over its input, at more than one position."""
    facts = node.facts
    slides = facts.fitted and facts.windows is not None and node.node.layer.slides
    return bool(facts.macs) and slides and facts.output.positions > 1


def is_pool(node: Walked) -> bool:
    """Whether a layer pools over windows smaller than its input."""
    layer, output = node.node.layer, node.facts.output
    small = output.positions > 1
    return layer.ends_stage and layer.slides and small


def is_dense(node: Walked) -> bool:
    """Whether every neuron sees the whole input: a multiply-add for each weight."""
    output = node.facts.output
    return 0 < node.facts.macs == weight_count(node) and output.positions == 1


def first_convolutions(walked: Propagation) -> set[int]:
    """Positions of the convolutions that no other convolution stands before."""
    behind: list[bool] = []
    found = set()
    for index, node in enumerate(walked.nodes):
        before = any(behind[k] for k in node.inputs)
        if is_convolution(node) and not before:
            found.add(index)
        behind.append(before or is_convolution(node))
    return found


def option_value(node: Walked, name: str) -> Any:
    """A hyperparameter of a layer."""
    return node.node.layer.option_value(name)


IMAGES = (2,)  # the axes of a rule about images alone


def window_text(sizes: tuple[Any, ...]) -> str:
    """A size of a window as it is written: `3`, or `3x5`."""
    return str(sizes[0]) if len(set(sizes)) == 1 else "x".join(map(str, sizes))
