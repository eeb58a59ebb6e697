"""A report that shows itself: as a text, in a notebook, as plain values, as a data frame."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Literal, Unpack, overload

from convcalc.answers.report import Report
from convcalc.api.options import Options, request_of
from convcalc.facts.setup import Setup
from convcalc.facts.units import format_bytes
from convcalc.text.errors import ConvcalcError, nearest_hint
from convcalc.walk.propagation import Propagation

if TYPE_CHECKING:
    from convcalc.answers.advice.fitting import Fitting
    from convcalc.answers.step_memory import MemoryBin

WIDTH = 100  # columns of the text
FRAME_HEIGHT = "36em"  # of a notebook's frame; what is longer is scrolled


class NetworkReport(Report):
    """A `Report` on one network under one setup, as `convcalc.analyze` gives it."""

    __slots__ = ("options",)

    def __init__(self, walked: Propagation, setup: Setup, options: dict[str, Any]) -> None:
        super().__init__(walked, setup)
        self.options = options  # that it was asked for with

    def __repr__(self) -> str:
        figure = ""
        if self.pytorch is not None and not self.broken:
            taken = self.pytorch.safe if self.by == "safe" else self.pytorch.expected
            figure = f", {format_bytes(taken)} ({self.by})"
        return f"<Report on {self.name}: batch {self.setup.batch_size}{figure}>"

    def __str__(self) -> str:
        """The table and the answer, as `convcalc analyze` prints them."""
        from convcalc.render.formats import View, renderer

        text: str = renderer("analyze", "table")([self], View(width=WIDTH, prompt=False))
        return text

    def to_html(self) -> str:
        """The report as one HTML file, as `convcalc analyze --format html` writes it."""
        from convcalc.render.formats import View, renderer

        page: str = renderer("analyze", "html")([self], View())
        return page

    def _repr_html_(self) -> str:
        # In a frame of its own: the page's styles leave the notebook's alone, and its policy holds.
        from html import escape

        return (
            f'<iframe title="convcalc: {escape(self.name)}" srcdoc="{escape(self.to_html())}" '
            f'style="width: 100%; height: {FRAME_HEIGHT}; border: 0"></iframe>'
        )

    def to_dict(self, timeline: bool = False) -> dict[str, Any]:
        """Its object in the `networks` of the JSON; `timeline` adds what is alive over the step."""
        import json

        from convcalc.render.json import network_text

        found: dict[str, Any] = json.loads(network_text(self, timeline))
        return found

    def to_pandas(self) -> Any:
        """A pandas.DataFrame with a row for each layer, a column for each figure of the JSON.

        What the JSON nests has names such as `output_width` and `receptive_field_height`.

        Raises:
            ConvcalcError: pandas is not installed.
        """
        from importlib import import_module

        try:
            pandas: Any = import_module("pandas")
        except ModuleNotFoundError:
            raise ConvcalcError("to_pandas needs pandas", "pip install pandas") from None
        layers = self.to_dict()["layers"]
        return pandas.json_normalize(layers, sep="_").set_index("name")

    def explain(self, layer: str) -> str:
        """The arithmetic of one layer, as `convcalc explain` prints it.

        Raises:
            ConvcalcError: there is no such layer.
        """
        from convcalc.render.formats import View, renderer
        from convcalc.walk.explanation import explain_layer

        names = [row.name for row in self.rows]
        if layer not in names:
            raise ConvcalcError(f"there is no layer `{layer[:60]}`", nearest_hint(layer, names))
        index = names.index(layer)
        held, keepers = self.rows[index].held, self.keepers_of(index)
        text: str = renderer("explain", "text")(
            explain_layer(self.walked, index, self.setup, held, keepers, self.made_at_peak), View()
        )
        return text

    def fit(
        self, *, vary: str = "batch", target_batch: int | None = None, **options: Unpack[Options]
    ) -> "Fitting":
        """As `convcalc.fit` for the same network, with the options that the report had."""
        from convcalc.api.fitting import fit_network

        request = request_of("fit", {**self.options, **options, "input": None})
        return fit_network(self.walked.network, request, vary, target_batch)

    def fit_steps(
        self, *, target_batch: int | None = None, **options: Unpack[Options]
    ) -> "Iterator[Fitting]":
        """`fit` step by step: no answer knows less than the one before, the last is whole.

        They come more often than they change, so that other work can be done in between.
        `own_largest`, under the report's own setup, is found first.
        """
        from convcalc.api.fitting import fitting_steps

        request = request_of("fit_steps", {**self.options, **options, "input": None})
        return fitting_steps(self.walked.network, request, target_batch)

    @overload
    def timeline(self, bins: int = 240, by: None = None) -> "list[MemoryBin]": ...

    @overload
    def timeline(self, bins: int = 240, *, by: Literal["kind"]) -> "dict[str, list[int]]": ...

    def timeline(
        self, bins: int = 240, by: Literal["kind"] | None = None
    ) -> "list[MemoryBin] | dict[str, list[int]]":
        """Live bytes over the steady training step, or the pass, in at most so many bins.

        Each is the fullest moment of its stretch: `phase`, `layer`, `live`, `kinds` and `largest`.
        With `by="kind"` the bytes of each kind instead, a number a bin. Empty without the PyTorch
        model, or where a layer does not fit.

        Raises:
            ConvcalcError: `by` is something else.
        """
        if by not in (None, "kind"):
            raise ConvcalcError(f"by: must be kind, not `{str(by)[:60]}`")
        found: list[MemoryBin] = []
        if self.pytorch is not None and not self.broken:
            from convcalc.answers.step_memory import memory_bins

            found = memory_bins(self.pytorch.result, bins)
        if by is None:
            return found
        from convcalc.memory.tape import KINDS

        kinds = [kind for kind in KINDS if any(each.kinds.get(kind) for each in found)]
        return {kind: [each.kinds.get(kind, 0) for each in found] for kind in kinds}
