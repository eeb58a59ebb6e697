"""What the simulator reads of a network."""

from collections.abc import Sequence
from typing import Protocol

from convcalc.facts.layer_facts import LayerFacts


class GraphNode(Protocol):
    """A layer in its place: what the simulator reads of it."""

    @property
    def name(self) -> str:
        """The layer's name."""

    @property
    def inputs(self) -> tuple[int, ...]:
        """Positions of earlier nodes."""

    @property
    def facts(self) -> LayerFacts:
        """What the layer tells about itself."""

    @property
    def shares(self) -> int | None:
        """Position of the node whose parameters it uses, if they are not its own."""

    @property
    def trainable(self) -> bool:
        """Whether its parameters learn."""

    @property
    def scope(self) -> tuple[str, ...]:
        """Names of the blocks around it, the outermost first."""


class Graph(Protocol):
    """A network whose shapes are known; node 0 is the input image."""

    @property
    def nodes(self) -> Sequence[GraphNode]:
        """The layers in order of execution, the input first."""

    @property
    def traced(self) -> bool:
        """Whether a value is freed after its last use, and no block's frame holds its inputs."""

    @property
    def held(self) -> tuple[tuple[int, int], ...]:
        """Nodes whose values variables hold beyond their last use, and until which node has run;
        -1: until the next pass makes them anew.
        """

    @property
    def outputs(self) -> tuple[int, ...]:
        """Positions of the nodes whose losses are summed."""
