"""What run.py measures in process, in the environment with the wheel; prints JSON."""

import gc
import json
import statistics
import sys
import time

from convcalc.answers.report import build_report
from convcalc.facts.setup import Setup
from convcalc.network import shipped
from convcalc.network.loading import load_all, networks
from convcalc.render import json as rendered
from convcalc.text.source import Source

BATCH = Setup(batch_size=32)


def text(kind: str, layers: int) -> str:
    """A network of convolutions, each with its ReLU, or with batch norm in a residual."""
    pairs = (layers - 2) // 2
    return {
        "pattern, repeated": f"INPUT[32x32x64] -> [CONV3-64 -> RELU]*{pairs} -> FC-10",
        "pattern": f"INPUT[32x32x64] -> {'CONV3-64 -> RELU -> ' * pairs}FC-10",
        "YAML": "input: 32x32x64\nlayers:\n"
        + "- conv: {filters: 64, size: 3, pad: 1}\n- relu\n" * pairs
        + "- fc: {units: 10}\n",
        "YAML, branches": "input: 32x32x64\nlayers:\n"
        + "- residual: {main: [conv: {filters: 64, size: 3, pad: 1}, bn, relu]}\n" * (pairs // 2)
        + "- fc: {units: 10}\n",
    }[kind]


def layers(kind: str, count: str) -> dict[str, float]:
    """Microseconds per layer, the best of some runs: parsing, and all of it."""
    source = text(kind, int(count))
    networks(Source(text(kind, 100)))  # the modules are imported
    once(text(kind, 100))
    found = [once(source) for _ in range(max(1, min(20, 20_000 // int(count))))]
    parse, everything, number = min(found, key=lambda run: run[1])
    return {"us": 1e6 * everything / number, "parse": 1e6 * parse / number}


def once(source: str) -> tuple[float, float, int]:
    started = time.perf_counter()
    (network,) = networks(Source(source))
    parsed = time.perf_counter()
    rendered.render([build_report(network, BATCH)])
    ended = time.perf_counter()
    return parsed - started, ended - started, len(network.nodes)


def real() -> dict[str, list[tuple[str, int, float]]]:
    """Shipped networks: all of them at once, and two of them by stages."""
    everything, count = timed(lambda: analyzed(shipped.spec_names()))
    rows = [(f"all {len(shipped.spec_names())} shipped networks, to JSON", count, everything)]
    for name in ("vgg16", "resnet152"):
        (network,) = load_all(name)
        number = len(network.nodes)
        rows.append((f"{name}: read", number, timed(lambda name=name: load_all(name))[0]))
        for model in ("textbook", "pytorch"):
            seconds, _ = timed(lambda n=network, m=model: build_report(n, BATCH, memory=m))
            rows.append((f"{name}: {model} report", number, seconds))
    return {"rows": rows}


def analyzed(names: list[str]) -> int:
    reports = [build_report(network, BATCH) for name in names for network in load_all(name)]
    rendered.render(reports)
    return sum(len(report.rows) for report in reports)


def timed(function):
    """Median seconds of some calls, and what the last returned."""
    function()
    found = []
    for _ in range(7):
        started = time.perf_counter()
        result = function()
        found.append(time.perf_counter() - started)
    return statistics.median(found), result


if __name__ == "__main__":
    gc.disable()  # as the command has it
    what, *words = sys.argv[1:]
    print(json.dumps(layers(*words) if what == "layers" else real()))
