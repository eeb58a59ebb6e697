"""Reports as one HTML file that asks no network for anything and reads well without scripts.

The drawing and the charts are SVG of our own: a library that lays out graphs weighs more
than everything else in the file, and a network is drawn in the order in which it runs.
"""

from collections.abc import Sequence

from convcalc.answers.report import Report
from convcalc.render.formats import NO_VIEW, View
from convcalc.render.html.network import network_section
from convcalc.render.html.page import page


def render(reports: Sequence[Report], view: View = NO_VIEW) -> str:
    """One page with a section for each report."""
    made = [network_section(report, report.walked, k) for k, report in enumerate(reports)]
    title = ", ".join(report.name for report in reports)
    return page(f"{title}: convcalc", [markup for markup, _ in made], [data for _, data in made])
