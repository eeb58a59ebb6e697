"""A network as a drawing: boxes in the order in which they run, sizes on the edges.

Boxes of one rank (the longest way from the input) stand beside each other; an edge that
skips ranks swings out to the side. Blocks are one box, with a drawing of their own.
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from convcalc.answers.folding import BLOCK, fold_rows
from convcalc.answers.layer_row import LayerRow
from convcalc.render.html.markup import scroll_box, tag, text, void_tag

BOX_WIDTH, BOX_HEIGHT = 200, 40
GAP_X, GAP_Y = 26, 30
LONGEST_LABEL = 28  # characters in a box
MOST_BOXES = 1_500  # of one drawing; what is larger is read in the table
MOST_OPEN = 4  # insides of blocks that need no click

Path = tuple[str, ...]
Marks = Mapping[str, str]  # of layers, by their names


class Drawing(NamedTuple):
    """One level of a network: the whole, or the inside of a block."""

    path: Path
    svg: str
    boxes: int


def drawings_section(rows: list[LayerRow], marks: Marks | None = None) -> str:
    """The network as a drawing, and the inside of each block; nothing where it is too large.

    With `marks`, the insides of those blocks only that hold some; a few of them are open.
    """
    held = {".".join(row.scope[:depth]) for row in rows if marks and row.name in marks
            for depth in range(1, len(row.scope) + 1)}  # fmt: skip
    if marks is not None:
        marks = {**dict.fromkeys(held, "changed"), **marks}
    levels = draw_levels(rows, marks)
    if not levels:
        return ""
    whole, *inner = levels
    parts = [scroll_box(whole.svg, "The network as a drawing", "window")]
    for level in inner:
        name = ".".join(level.path)
        if marks is None or name in held:
            summary = tag("summary", f"Inside {text(name)} <small>{level.boxes}</small>")
            body = scroll_box(level.svg, f"Inside {name}", "window")
            few = marks is not None and len(held) <= MOST_OPEN
            parts.append(tag("details", summary + body, data_block=name, open=few))
    return tag("section", tag("h2", "The network") + "".join(parts), class_="network")


def draw_levels(rows: list[LayerRow], marks: Marks | None = None) -> list[Drawing]:
    """The whole network with its blocks as boxes, then each block from the outside in.

    With `marks` boxes show these, and have no explanation to open.
    """
    paths: dict[Path, None] = {(): None}
    for row in rows:
        for depth in range(1, len(row.scope) + 1):
            paths[row.scope[:depth]] = None
    ordered = sorted(paths, key=len)
    found = []
    for path in ordered:
        inside = [row for row in rows if row.scope[: len(path)] == path]
        drawing = _draw(path, inside, marks)
        if drawing is not None:
            found.append(drawing)
    return found


def _draw(path: Path, inside: list[LayerRow], marks: Marks | None) -> Drawing | None:
    boxes = fold_rows(inside, len(path))
    if len(boxes) > MOST_BOXES or (path and len(boxes) < 2):
        return None
    home = _homes(inside, boxes)
    edges = list(_edges(inside, boxes, home))
    ranks = _ranks(len(boxes), edges)
    places = _places(boxes, edges, ranks)
    return Drawing(path, _svg(path, boxes, edges, ranks, places, marks), len(boxes))


def _homes(inside: list[LayerRow], boxes: list[LayerRow]) -> dict[str, int]:
    """For each layer the box that it is drawn in."""
    by_name = {box.name: index for index, box in enumerate(boxes)}
    home = {}
    for row in inside:
        for depth in range(len(row.scope), -1, -1):
            name = row.name if depth == len(row.scope) else ""
            folded = ".".join(row.scope[: depth + 1]) if depth < len(row.scope) else name
            if folded in by_name:
                home[row.name] = by_name[folded]
                break
    return home


def _edges(
    inside: list[LayerRow], boxes: list[LayerRow], home: dict[str, int]
) -> Iterator[tuple[int, int, str]]:
    """From box, to box, and the size of what goes along."""
    size = {row.name: str(row.output) for row in inside}
    seen = set()
    for row in inside:
        for name in row.inputs:
            start, end = home.get(name, -1), home[row.name]
            if start != end and start >= 0 and (start, end, name) not in seen:
                seen.add((start, end, name))
                yield start, end, size[name]


def _ranks(count: int, edges: list[tuple[int, int, str]]) -> list[int]:
    ranks = [0] * count
    for start, end, _ in sorted(edges, key=lambda edge: edge[1]):
        ranks[end] = max(ranks[end], ranks[start] + 1)
    return ranks


def _places(
    boxes: list[LayerRow], edges: list[tuple[int, int, str]], ranks: list[int]
) -> list[float]:
    """The middle of each box along x: below what it takes, as far as there is room."""
    before: dict[int, list[int]] = {}
    for start, end, _ in edges:
        before.setdefault(end, []).append(start)
    middles = [0.0] * len(boxes)
    rows: dict[int, list[int]] = {}
    for index, rank in enumerate(ranks):
        rows.setdefault(rank, []).append(index)
    step = BOX_WIDTH + GAP_X
    for rank in sorted(rows):
        wanted = {
            index: sum(middles[k] for k in before[index]) / len(before[index])
            if index in before
            else 0.0
            for index in rows[rank]
        }
        ordered = sorted(rows[rank], key=lambda index: (wanted[index], index))
        mean = sum(wanted.values()) / len(wanted)
        for position, index in enumerate(ordered):
            middles[index] = mean + (position - (len(ordered) - 1) / 2) * step
    return middles


def _svg(
    path: Path,
    boxes: list[LayerRow],
    edges: list[tuple[int, int, str]],
    ranks: list[int],
    places: list[float],
    marks: Marks | None,
) -> str:
    labels = max((len(size) for _, _, size in edges), default=0) * 7
    skips = [edge for edge in edges if ranks[edge[1]] - ranks[edge[0]] > 1]
    left = min(places) - BOX_WIDTH / 2 - 10
    swing = 24 + 14 * min(len(skips), 12) if skips else 0
    right = max(places) + BOX_WIDTH / 2 + max(labels, 20) + swing
    height = (max(ranks) + 1) * (BOX_HEIGHT + GAP_Y) - GAP_Y + 16
    width = right - left
    parts = []
    for number, (start, end, size) in enumerate(edges):
        parts.append(_edge(places, ranks, start, end, size, left, number))
    parts += [_box(box, places[k] - left, _top(ranks[k]), marks) for k, box in enumerate(boxes)]
    name = ".".join(path) or "the network"
    return tag(
        "svg",
        tag("title", f"{text(name)}, its layers from top to bottom") + "".join(parts),
        class_="drawing",
        viewBox=f"0 0 {width:.0f} {height}",
        width=f"{width:.0f}",
        height=height,
        role="group",
    )


def _top(rank: int) -> int:
    return 8 + rank * (BOX_HEIGHT + GAP_Y)


def _edge(
    places: list[float], ranks: list[int], start: int, end: int, size: str, left: float,
    number: int,
) -> str:  # fmt: skip
    x1, y1 = places[start] - left, float(_top(ranks[start]) + BOX_HEIGHT)
    x2, y2 = places[end] - left, float(_top(ranks[end]))
    if ranks[end] - ranks[start] > 1:
        side = max(x1, x2) + BOX_WIDTH / 2 + 18 + 14 * (number % 5)
        x1, y1 = x1 + BOX_WIDTH / 2, y1 - BOX_HEIGHT / 2
        x2, y2 = x2 + BOX_WIDTH / 2, y2 + BOX_HEIGHT / 2
        line = f"M{x1:.0f} {y1:.0f}C{side:.0f} {y1:.0f} {side:.0f} {y2:.0f} {x2:.0f} {y2:.0f}"
        return void_tag("path", d=line, class_="edge")
    line = f"M{x1:.0f} {y1:.0f}L{x2:.0f} {y2:.0f}"
    label = tag("text", text(size), x=f"{(x1 + x2) / 2 + 6:.0f}", y=f"{(y1 + y2) / 2 + 4:.0f}",
                class_="size")  # fmt: skip
    return void_tag("path", d=line, class_="edge") + label


def _box(row: LayerRow, middle: float, top: int, marks: Marks | None) -> str:
    x = middle - BOX_WIDTH / 2
    local = row.name.removeprefix(".".join((*row.scope, "")))
    is_block = row.type == BLOCK
    detail = row.summary() if is_block else f"{row.type} {row.summary()}".rstrip()
    name, detail = _cut(local), _cut(detail)
    inner = (
        void_tag("rect", x=f"{x:.0f}", y=top, width=BOX_WIDTH, height=BOX_HEIGHT, rx=5)
        + tag("text", text(name), x=f"{middle:.0f}", y=top + 16, class_="name")
        + " "
        + tag("text", text(detail), x=f"{middle:.0f}", y=top + 32, class_="detail")
    )
    kind = "block" if is_block else f"kind-{_family(row)}"
    mark = (marks or {}).get(row.name)
    inside = f", in {'.'.join(row.scope)}" if row.scope else ""
    words = f"{name} {detail}, gives {row.output}{inside}{f'; {mark}' if mark else ''}"
    if marks is not None and not is_block:
        return tag("g", inner, class_=f"box {kind} {mark or ''}".rstrip(), role="img",
                   aria_label=words)  # fmt: skip
    key = {"data_block": row.name} if is_block else {"data_layer": row.name}
    return tag("g", inner, class_=f"box {kind} {mark or ''}".rstrip(), tabindex=0, role="button",
               aria_label=words, **key)  # fmt: skip


def _family(row: LayerRow) -> str:
    """What colours a box: whether a layer learns, computes, or only passes on."""
    if row.parameters and row.macs:
        return "weights"
    return "learned" if row.parameters else "plain"


def _cut(words: str, most: int = LONGEST_LABEL) -> str:
    return words if len(words) <= most else words[: most - 1] + "…"
