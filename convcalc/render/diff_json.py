"""A difference as JSON, as docs/diff.md has it."""

import json
from typing import Any

from convcalc.answers.difference import Difference, LayerSide, Line, counted_figures
from convcalc.answers.families.figures import Figures
from convcalc.answers.figures import plain_size
from convcalc.render.formats import View
from convcalc.render.json import SCHEMA_VERSION, finding, setup


def render(difference: Difference, view: View) -> str:
    """Everything as one JSON object; a layer is one line of the text."""
    layers = ",\n  ".join(json.dumps(_line(line)) for line in difference.lines)
    head = {
        "schema_version": SCHEMA_VERSION,
        "old": _version(difference.old),
        "new": _version(difference.new),
        "setup": setup(difference.setup, difference.rule.machine.stack),
        "estimate": difference.rule.name,
    }
    tail = {
        "totals": {
            metric: {**total._asdict(), "delta": total.delta, "percent": total.percent}
            for metric, total in difference.totals.items()
        },
        "failed": difference.failed,
    }
    body = f'"layers": [\n  {layers}]' if layers else '"layers": []'
    return f"{json.dumps(head)[:-1]}, {body},\n {json.dumps(tail)[1:]}"


def failure(errors: list[dict[str, Any]]) -> str:
    """What stands there when a side cannot be read."""
    return json.dumps({"schema_version": SCHEMA_VERSION, "layers": [], "errors": errors})


def _version(version: Figures) -> dict[str, Any]:
    network = version.walked.network
    findings = [finding(item) for item in version.walked.findings]
    return {"name": network.title, "source": network.source, "findings": findings}


def _line(line: Line) -> dict[str, Any]:
    return {
        "status": line.status,
        "old": _side(line.old),
        "new": _side(line.new),
        "changes": {name: list(pair) for name, pair in line.changed_options().items()},
        "deltas": {figure.key: line.delta(figure.key) for figure in counted_figures()},
    }


def _side(side: LayerSide | None) -> dict[str, Any] | None:
    if side is None:
        return None
    found = {**side._asdict(), "output": plain_size(side.output)}
    figures = found.pop("figures")
    return {**found, **figures}
