"""Bars: one of parts that add up, and several beside each other."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from convcalc.facts.units import format_bytes
from convcalc.render.html.chart import colour_class, swatch
from convcalc.render.html.markup import breakable, tag, text, void_tag

LONG, HIGH = 1000, 26  # units of a bar


def stacked_bar(parts: Mapping[str, int]) -> str:
    """Parts in bytes as one bar, and a table that says what each is."""
    total, x, shapes, rows = sum(parts.values()) or 1, 0.0, [], []
    for name, size in parts.items():
        width = LONG * size / total
        label = tag("title", text(f"{name} {format_bytes(size)}"))
        shapes.append(tag("rect", label, x=f"{x:.1f}", y=0, width=f"{width:.1f}", height=HIGH,
                          class_=colour_class(name)))  # fmt: skip
        x += width
        share = f"{100 * size / total:.1f} %"
        cells = tag("td", swatch(name)) + tag("th", text(name), scope="row")
        cells += tag("td", text(format_bytes(size))) + tag("td", share)
        rows.append(tag("tr", cells))
    title = tag("title", "What the figure is made of")
    bar = tag("svg", title + "".join(shapes), viewBox=f"0 0 {LONG} {HIGH}", class_="bar",
              role="img", preserveAspectRatio="none")  # fmt: skip
    return bar + tag("table", tag("tbody", "".join(rows)), class_="legend")


def bars(values: Iterable[tuple[str, Any]], show: Callable[[Any], str]) -> str:
    """A bar for each name, as long as its value is large; those without a value have none."""
    values = list(values)
    most = max((value for _, value in values if value), default=0) or 1
    rows = []
    for name, value in values:
        shape = void_tag(
            "rect", width=f"{LONG * (value or 0) / most:.1f}", height=HIGH, class_="k0"
        )
        bar = tag("svg", shape, viewBox=f"0 0 {LONG} {HIGH}", class_="bar", aria_hidden="true",
                  preserveAspectRatio="none")  # fmt: skip
        cells = tag("th", breakable(name), scope="row") + tag("td", bar)
        shown = "" if value is None else show(value)
        rows.append(tag("tr", cells + tag("td", text(shown), class_="number")))
    return tag("table", tag("tbody", "".join(rows)), class_="bars")
