"""A difference as a page: the totals, the layers that differ, and where they stand."""

from convcalc.answers.difference import CHANGED, Difference
from convcalc.answers.figures import Unit
from convcalc.answers.folders import FileDifference
from convcalc.answers.report import share_totals
from convcalc.render import diff_folders, diff_markdown, diff_text
from convcalc.render.formats import View
from convcalc.render.html.drawing import drawings_section
from convcalc.render.html.markup import tag, text
from convcalc.render.html.page import page
from convcalc.render.html.problems import list_section, problems
from convcalc.render.html.sheet import sheet
from convcalc.render.tables import Column

LAYERS = [
    Column("layer", "Layer", lambda line: line.side.name),
    Column("status", "What", lambda line: diff_markdown.WORDS[line.status]),
    Column("type", "Type", lambda line: line.side.type),
    Column("change", "Change", diff_text.what),
    Column("difference", "Difference", diff_text.deltas),
]


def render(difference: Difference, view: View) -> str:
    """One page for the two versions of a network."""
    title = _title(difference)
    return page(f"{title}: convcalc", [_article(difference, title)], [])


def render_folders(found: list[FileDifference], view: View) -> str:
    """One page for all networks of two folders: what became of each, then what differs."""
    columns = [
        Column("path", "Network", lambda each: each.path),
        Column("status", "What", lambda each: diff_folders.WORDS[each.status]),
    ]
    counted = diff_folders.counted(found)
    head = tag("h1", text(counted)) + sheet(columns, found, "What became of each network")
    sections = [tag("article", head)]
    for each in found:
        if each.status == CHANGED or each.difference.failed or each.difference.broken:
            sections.append(_article(each.difference, each.path))
    return page(f"{counted}: convcalc", sections, [])


def _title(difference: Difference) -> str:
    old, new = (diff_text.version(side) for side in (difference.old, difference.new))
    return f"{old} → {new}"


def _article(difference: Difference, title: str) -> str:
    head, *rows = diff_text.totals(difference)
    failed = [tag("li", text(sentence), class_="error") for sentence in difference.failed]
    inner = tag("h1", text(title)) + tag("p", text(head[0]), class_="setup")
    inner += list_section("What fails", failed)
    inner += tag("section", tag("h2", "Totals") + _totals(head, rows), class_="table")
    inner += problems(dict.fromkeys(difference.findings))
    if not difference.lines:
        return tag("article", inner + tag("p", "No layer differs."))
    table = sheet(LAYERS, difference.lines, "Layers that differ, as they run")
    inner += tag("section", tag("h2", "Layers that differ") + table, class_="table")
    marks = {
        line.new.name: diff_markdown.WORDS[line.status] for line in difference.lines if line.new
    }
    layers = difference.new.rows
    share_totals(layers)
    return tag("article", inner + drawings_section(layers, marks))


def _totals(titles: list[str], rows: list[list[str]]) -> str:
    def column(place: int, title: str) -> Column:
        unit = Unit("", str, right=place > 0)
        return Column(f"total-{place}", title.capitalize(), lambda row: row[place], unit)

    head = ["figure", *titles[1:-1], "in percent"]
    return sheet([column(k, title) for k, title in enumerate(head)], rows, "Before and after")
