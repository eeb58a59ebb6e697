"""Live memory over a step as stacked areas, and memory against batch as a line."""

from collections.abc import Sequence

from convcalc.answers.step_memory import MemoryBin
from convcalc.facts.operators import COPIES, INDICES, MASKS, STATISTICS
from convcalc.facts.units import format_bytes
from convcalc.memory.parts import CACHE, CONTEXT, GATHERED, MARGIN, OPTIMIZER, SHARED
from convcalc.memory.tape import (
    ACTIVATIONS,
    BATCH,
    BUCKETS,
    BUFFERS,
    EXTRA,
    GRADIENTS,
    PARAMETERS,
    STATE,
    TEMPORARIES,
    WEIGHT_COPIES,
    WORKSPACE,
)
from convcalc.render.html.markup import tag, text, void_tag

WIDTH, HEIGHT = 1000, 300
LEFT, RIGHT, TOP, BOTTOM = 84, 10, 22, 26

# One colour a kind, in bars and areas alike; the numbers are the style sheet's.
COLOURS = (PARAMETERS, BUFFERS, GRADIENTS, STATE, BATCH, ACTIVATIONS, INDICES, MASKS, TEMPORARIES,
           COPIES, WEIGHT_COPIES, STATISTICS, WORKSPACE, EXTRA, BUCKETS)  # fmt: skip
_SAME_COLOUR = {OPTIMIZER: STATE, CACHE: WORKSPACE, CONTEXT: STATISTICS, MARGIN: WEIGHT_COPIES,
                SHARED: BUCKETS, GATHERED: BUCKETS, "activations' gradients": COPIES,
                "parameters' gradients": GRADIENTS, "optimizer cache": STATE}  # fmt: skip


def colour_class(kind: str) -> str:
    """The class that fills a shape with the colour of a kind, or of a part of the answer."""
    return f"k{COLOURS.index(_SAME_COLOUR.get(kind, kind))}"


def swatch(name: str) -> str:
    """A square in the colour of a kind, for a legend."""
    square = void_tag("rect", width=10, height=10, class_=colour_class(name))
    return tag("svg", square, width=10, height=10, aria_hidden="true")


def step_chart(bins: Sequence[MemoryBin], kinds: Sequence[str]) -> str:
    """Bytes alive by kind; `kinds` from the bottom up, as the legend has them."""
    top = max(each.live for each in bins)
    base = [0] * len(bins)
    parts = [_grid(top)]
    for kind in kinds:
        upper = [low + each.kinds.get(kind, 0) for low, each in zip(base, bins, strict=True)]
        parts.append(
            void_tag("path", d=_area(base, upper, top), class_=f"area {colour_class(kind)}")
        )
        base = upper
    parts += _phases(bins)
    parts.append(void_tag("line", class_="pointer", x1=LEFT, x2=LEFT, y1=TOP, y2=HEIGHT - BOTTOM))
    peak = max(range(len(bins)), key=lambda k: bins[k].live)
    where = f"{bins[peak].phase} of {bins[peak].layer or 'the step'}"
    words = f"Live memory over a step: at most {format_bytes(top)}, in {where}"
    return tag("svg", tag("title", text(words)) + "".join(parts), class_="chart step",
               viewBox=f"0 0 {WIDTH} {HEIGHT}", role="img", data_left=LEFT,
               data_right=WIDTH - RIGHT)  # fmt: skip


def batch_chart(
    points: Sequence[tuple[int, int]], limit: int | None, limit_words: str, fits: int,
    what: str = "batch",
) -> str:  # fmt: skip
    """Memory (bytes) against batch, the line of the limit, and the largest batch that fits.

    `what` is the size that varies, if it is another; its unit stands behind it.
    """
    top = max([size for _, size in points] + [limit or 0]) * 105 // 100
    most = max(batch for batch, _ in points)
    parts = [_grid(top)]
    spots = [(_across(batch, most), _up(size, top)) for batch, size in points]
    line = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in spots)
    if limit is not None:
        y = _up(limit, top)
        parts.append(void_tag("line", class_="limit", x1=LEFT, x2=WIDTH - RIGHT,
                              y1=f"{y:.1f}", y2=f"{y:.1f}"))  # fmt: skip
        parts.append(tag("text", text(limit_words), x=LEFT + 6, y=f"{y - 5:.1f}", class_="limit"))
    parts.append(void_tag("path", d=line, class_="line"))
    for (batch, size), (x, y) in zip(points, spots, strict=True):
        dot = tag("title", f"{text(what)} {batch:,}: {text(format_bytes(size))}")
        kind = "fits" if limit is None or size <= limit else "over"
        parts.append(tag("circle", dot, cx=f"{x:.1f}", cy=f"{y:.1f}", r=4, class_=kind))
    parts += _ticks([(batch, x) for (batch, _), (x, _) in zip(points, spots, strict=True)])
    words = f"Memory by {what}; the largest that fits is {fits:,}"
    if not fits:
        words = f"Memory by {what}; none fits"
    return tag("svg", tag("title", text(words)) + "".join(parts), class_="chart batch",
               viewBox=f"0 0 {WIDTH} {HEIGHT}", role="img")  # fmt: skip


def _ticks(places: Sequence[tuple[int, float]]) -> list[str]:
    """Sizes under the chart, from the largest down, as many as do not touch."""
    found, free = [], float(WIDTH)
    for size, x in reversed(places):
        half = 4.5 * len(f"{size:,}")
        x = min(x, WIDTH - half)
        if x + half <= free:
            found.append(tag("text", f"{size:,}", x=f"{x:.1f}", y=HEIGHT - 8, class_="tick middle"))
            free = x - half
    return found


def _across(value: int, most: int) -> float:
    return LEFT + (WIDTH - LEFT - RIGHT) * value / max(most, 1)


def _up(size: float, top: int) -> float:
    return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * size / max(top, 1)


def _column(position: int, count: int) -> float:
    return LEFT + (WIDTH - LEFT - RIGHT) * position / max(count, 1)


def _area(lower: list[int], upper: list[int], top: int) -> str:
    """A stepped area: each bin is as wide as any other."""
    count = len(lower)
    there, back = [], []
    for k in range(count):
        x1, x2 = _column(k, count), _column(k + 1, count)
        there.append(f"{x1:.1f} {_up(upper[k], top):.1f}L{x2:.1f} {_up(upper[k], top):.1f}")
        back.append(f"{x2:.1f} {_up(lower[k], top):.1f}L{x1:.1f} {_up(lower[k], top):.1f}")
    return f"M{'L'.join(there)}L{'L'.join(reversed(back))}Z"


def _grid(top: int) -> str:
    parts = []
    step = _round_step(top)
    for size in range(0, top + 1, step):
        y = _up(size, top)
        parts.append(void_tag("line", class_="grid", x1=LEFT, x2=WIDTH - RIGHT,
                              y1=f"{y:.1f}", y2=f"{y:.1f}"))  # fmt: skip
        label = format_bytes(size)
        parts.append(tag("text", text(label), x=LEFT - 6, y=f"{y + 4:.1f}", class_="tick end"))
    return "".join(parts)


def _round_step(top: int) -> int:
    """Bytes between two lines of a chart: 1, 2 or 5 times a power of ten of a unit, at most 5."""
    unit = next((each for each in (2**30, 2**20, 2**10) if top >= 2 * each), 1)
    step = 1
    while top > 5 * step * unit:
        step = step * 5 // 2 if str(step)[0] == "2" else step * 2
    return step * unit


def _phases(bins: Sequence[MemoryBin]) -> list[str]:
    parts = []
    for k, each in enumerate(bins):
        if k and bins[k - 1].phase == each.phase:
            continue
        x = f"{_column(k, len(bins)):.1f}"
        parts.append(void_tag("line", class_="phase", x1=x, x2=x, y1=TOP - 8, y2=HEIGHT - BOTTOM))
        parts.append(tag("text", text(each.phase), x=f"{float(x) + 4:.1f}", y=HEIGHT - 8,
                         class_="tick"))  # fmt: skip
    return parts
