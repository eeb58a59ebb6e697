"""What `convcalc to-conv` shows: the new table, what was rewritten, the map of scores."""

import json
from math import prod
from typing import Any, NamedTuple

from convcalc.answers.figures import plain_axes, plain_size
from convcalc.answers.report import Report
from convcalc.facts.shape import UNITS, join_words
from convcalc.facts.units import format_count
from convcalc.models.conversion.convolution import Converted, Rewritten
from convcalc.models.conversion.scores import Scores, Sliding
from convcalc.render import json as reports
from convcalc.render import table
from convcalc.render.formats import View
from convcalc.text.source import printable
from convcalc.walk.receptive_field import Pixels, Walked


class Conversion(NamedTuple):
    """A network rewritten, what it gives on a larger image, and the stride that is wanted there."""

    report: Report
    converted: Converted
    sliding: Sliding | None
    stride: int | None


def render(parts: list[Conversion], view: View) -> str:
    """Every network as text."""
    return "\n\n".join(_network(part, view) for part in parts)


def _network(part: Conversion, view: View) -> str:
    report, converted, sliding, stride = part
    blocks = [
        table.render([report], view),
        "\n".join(_rewritten(converted)),
    ]
    if sliding is not None:
        blocks.append(table.render([_larger_report(report, sliding)], view))
        blocks.append("\n".join(_sliding(converted, sliding, stride)))
    return "\n\n".join(blocks)


def _larger_report(report: Report, sliding: Sliding) -> Report:
    """The table at the larger input; what is wrong there is told once, beside the tables."""
    larger = Report(sliding.walked._replace(findings=[]), report.setup)
    larger.name, larger.reference = f"{report.name} on {sliding.input}", ""
    larger.assumed = []
    return larger


def _rewritten(converted: Converted) -> list[str]:
    if not converted.rewritten:
        return ["No layer sees a whole volume: nothing to rewrite."]
    lines = ["Rewritten, with the same weights:"]
    return [*lines, *(f"  {_change(change)}" for change in converted.rewritten)]


def _change(change: Rewritten) -> str:
    before = f"{printable(change.name)}: {change.before.keyword} {change.before.summary()}".rstrip()
    if change.after is None:
        return f"{before} on {change.input} falls away"
    after = f"{change.after.keyword} {change.after.summary()}"
    count = f", {format_count(change.parameters)} parameters" if change.parameters else ""
    return f"{before} on {change.input} becomes {after}{count}"


def _sliding(converted: Converted, sliding: Sliding, stride: int | None) -> list[str]:
    original = converted.original.nodes[0].facts.output
    lines = []
    for scores in sliding.maps:
        of = f" of {printable(scores.layer)}" if len(sliding.maps) > 1 else ""
        lines.append(f"Scores{of} on {sliding.input}: {scores.size}")
        positions = "1 position" if scores.positions == 1 else f"{scores.positions:,} positions"
        lines.append(f"  {positions} of the {original} input, {_apart(scores.stride)}")
        lines += _finer(scores, stride)
    lines += [f"  {line}" for line in _slid_over(converted, sliding)]
    return [*lines, *_costs(sliding), *_differences(sliding)]


def _slid_over(converted: Converted, sliding: Sliding) -> list[str]:
    """What the layers that saw a whole volume see of the larger one."""
    nodes = {node.name: node for node in sliding.walked.nodes}
    larger = {
        change.name: sliding.walked.nodes[nodes[change.name].inputs[0]].facts.output
        for change in converted.rewritten
        if change.after is not None and change.input.positions > 1
    }
    return [
        f"{printable(change.name)} slides over {larger[change.name]} where it saw {change.input}"
        for change in converted.rewritten
        if change.name in larger
    ]


def _costs(sliding: Sliding) -> list[str]:
    one, each = sliding.one_pass, sliding.each_crop
    ratio = f", {each / one:.1f} times as many" if one else ""
    return [
        f"  one pass: {format_count(one)} MACs",
        f"  the original at each position: {sliding.positions:,} x "
        f"{format_count(sliding.one_crop)} = {format_count(each)} MACs{ratio}",
    ]


def _differences(sliding: Sliding) -> list[str]:
    if not sliding.differences:
        return ["  every score is the one that the original gives for its crop"]
    lines = ["  not quite the scores of the original on each crop, because of"]
    return [*lines, *(f"    {reason}" for reason in sliding.differences)]


def _apart(stride: tuple[Pixels, ...]) -> str:
    """Distances along the axes, each with its unit: `8 pixels and 4 frames apart`."""
    parts: dict[str, list[str]] = {}
    for side, unit in zip(stride, UNITS[len(stride)], strict=True):
        text = f"{side}" if isinstance(side, int) else f"{float(side):g}"
        parts.setdefault(unit, []).append(text)
    return f"{join_words([_with_unit(sides, unit) for unit, sides in parts.items()])} apart"


def _with_unit(sides: list[str], unit: str) -> str:
    distinct = list(dict.fromkeys(sides))
    words = sides if len(distinct) > 1 else distinct
    return f"{' and '.join(words)} {unit[:-1] if distinct == ['1'] else unit}"


def _finer(scores: Scores, wanted: int | None) -> list[str]:
    """How many shifted passes a finer stride takes: the one asked for, or half of today's."""
    first, alike = scores.stride[0], len(set(scores.stride)) == 1
    half = int(first) // 2 if alike and first % 2 == 0 else 0
    stride = wanted or half
    if not stride:
        return []
    passes = scores.passes(stride)
    sides = zip(passes, scores.size.axes, strict=True)
    along = ", ".join(f"{count} along the {axis}" for count, axis in sides)
    apart = _apart((stride,) * len(passes))
    return [f"  {apart}: shifted passes, {along}, {prod(passes):,} in all"]


def render_json(parts: list[Conversion], view: View) -> str:
    """Everything as JSON: the networks as `analyze` has them, with `rewritten` and `scores`."""
    whole = json.loads(reports.render([part.report for part in parts]))
    for network, (_, converted, sliding, stride) in zip(whole["networks"], parts, strict=True):
        network["rewritten"] = [_rewritten_json(change) for change in converted.rewritten]
        network["scores"] = _scores_json(sliding, stride) if sliding else None
    return json.dumps(whole, indent=1)


def _rewritten_json(change: Rewritten) -> dict[str, Any]:
    return {
        "layer": change.name,
        "from": change.before.keyword,
        "to": change.after.keyword if change.after else None,
        "hyperparameters": change.after.hyperparameters() if change.after else {},
        "input": plain_size(change.input),
        "parameters": change.parameters,
    }


def _scores_json(sliding: Sliding, stride: int | None) -> dict[str, Any]:
    return {
        "input": plain_size(sliding.input),
        "maps": [_map_json(scores, stride) for scores in sliding.maps],
        "layers": [_layer_json(node) for node in sliding.walked.nodes],
        "macs_one_pass": sliding.one_pass,
        "macs_each_position": sliding.each_crop,
        "differences": sliding.differences,
        "findings": [reports.finding(finding) for finding in sliding.walked.findings],
    }


def _layer_json(node: Walked) -> dict[str, Any]:
    output = plain_size(node.facts.output)
    return {"name": node.name, "output": output, "macs": node.facts.macs}


def _map_json(scores: Scores, stride: int | None) -> dict[str, Any]:
    found = {
        "layer": scores.layer,
        "output": plain_size(scores.size),
        "positions": scores.positions,
        "stride": plain_axes(scores.stride),
    }
    if stride:
        found["passes"] = {"stride": stride, **plain_axes(scores.passes(stride))}
    return found
