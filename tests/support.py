"""What the tests share: running the command line, reading texts, checking sums."""

import contextlib
import gc
import io
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from convcalc.answers.report import Report, build_report
from convcalc.cli import main
from convcalc.facts.setup import Setup
from convcalc.layers import known_keywords
from convcalc.network import shipped
from convcalc.network.graph import Network, Settings
from convcalc.network.loading import networks
from convcalc.text.source import Source
from convcalc.text.syntax import pattern
from convcalc.text.syntax.tree import Document
from convcalc.walk.propagation import Propagation, propagate

ROOT = Path(__file__).parent.parent
# Shipped networks that are another one with more layers or filters and nothing else: what is
# tested network by network, beyond their figures, is tested on the smallest of a family.
LARGER = """
    convnext_small convnext_base convnext_large edsr_x4 efficientnet_b1 efficientnet_b2
    efficientnet_b3 efficientnet_b4 efficientnet_b5 efficientnet_b6 efficientnet_b7
    efficientnet_v2_m efficientnet_v2_l fcn_resnet101 deeplabv3_resnet101 resnet32_cifar
    resnet44_cifar resnet56_cifar resnet110_cifar regnet_x_800mf regnet_x_1_6gf regnet_x_3_2gf
    regnet_x_8gf regnet_x_16gf regnet_x_32gf regnet_y_800mf regnet_y_1_6gf regnet_y_3_2gf
    regnet_y_8gf regnet_y_16gf regnet_y_32gf regnet_y_128gf densenet169 densenet201 resnet152
    resnext101_64x4d mnasnet0_75 mnasnet1_3 shufflenet_v2_x1_5 shufflenet_v2_x2_0 darknet53
    all_cnn_a
"""
ONE_OF_A_FAMILY = sorted(set(shipped.spec_names()) - set(LARGER.split()))


class Result(NamedTuple):
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def network(self) -> dict:
        """The only network of a JSON report."""
        (network,) = json.loads(self.out)["networks"]
        return network


@contextlib.contextmanager
def ends_within(seconds: float) -> Iterator[None]:
    """Hold what runs inside to so much work of this process.

    No garbage is collected meanwhile, as on the command line: what all tests before left
    would be looked through, which takes longer than what is held.
    """
    collects, started = gc.isenabled(), time.process_time()
    gc.disable()
    try:
        yield
        assert time.process_time() - started < seconds
    finally:
        if collects:
            gc.enable()


def run_in(capsys, monkeypatch, *arguments: str, stdin: str | bytes | None = None) -> Result:
    """`convcalc ...` in this process."""
    data = stdin.encode() if isinstance(stdin, str) else stdin or b""
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data), encoding="utf-8"))
        capsys.readouterr()
        try:
            main(list(arguments))
        except SystemExit as stop:
            out, err = capsys.readouterr()
            return Result(int(stop.code or 0), out, err)
    raise AssertionError("main() returned")


def shell(command: str, **environment: str) -> Result:
    """A command line run by bash, with `convcalc` and `python` being the ones under test."""
    functions = f'convcalc() {{ "{sys.executable}" -m convcalc "$@"; }}; set -o pipefail; '
    inherited = {k: v for k, v in os.environ.items() if k not in ("COLUMNS", "NO_COLOR", "TERM")}
    done = subprocess.run(
        ["bash", "-c", functions + command],
        capture_output=True,
        env={**inherited, "PYTHONPATH": str(ROOT), **environment},
        timeout=60,
        check=False,
    )
    return Result(done.returncode, done.stdout.decode(), done.stderr.decode())


def parse(text: str) -> Document:
    """The tree of a pattern."""
    return pattern.parse_pattern(Source(text), known_keywords())


def network(text: str, *, is_yaml: bool | None = None, **settings: object) -> Network:
    """The one network of a pattern or YAML text, called spec.yaml in messages."""
    name = "spec.yaml" if is_yaml else "<pattern>"
    (found,) = networks(Source(text, name), Settings(**settings), is_yaml)
    return found


def walk(text: str, *, is_yaml: bool | None = None, rounding: str = "", **settings) -> Propagation:
    """The facts of the one network of a text."""
    return propagate(network(text, is_yaml=is_yaml, **settings), rounding)


def report(text: str, setup: Setup | None = None, *, rounding: str = "", **settings) -> Report:
    """The report on the one network of a text, without the PyTorch model."""
    return build_report(network(text, **settings), setup or Setup(), rounding, memory="textbook")


def sizes(text: str, **settings) -> list[str]:
    """The output of every layer."""
    return [str(node.facts.output) for node in walk(text, **settings).nodes]


def names(text: str, **settings) -> list[str]:
    """The name of every layer."""
    return [node.name for node in network(text, **settings).nodes]


def check_sums(made: Report) -> None:
    """A report's totals are the sums of its rows, and its bytes those of its counts."""
    setup = made.setup
    width = {"float64": 8, "float32": 4, "float16": 2, "bfloat16": 2}[setup.dtype]
    for key in ("activations", "weights", "biases", "parameters", "buffers", "macs"):
        assert made.totals[key] == sum(getattr(row, key) for row in made.rows), key
    for row, node in zip(made.rows, made.walked.nodes, strict=True):
        assert row.parameters == row.weights + row.biases, row.name
        assert row.activation_bytes == row.activations * setup.batch_size * width, row.name
        own_types = sum(p.bytes_at(width) - p.elements * width for p in node.facts.parameters)
        assert row.parameter_bytes == row.parameters * width + own_types, row.name
    assert made.totals["parameters"] == made.totals["weights"] + made.totals["biases"]


def check_textbook(made: Report) -> None:
    """The textbook's figures are those of the rows."""
    memory, setup = made.textbook, made.setup
    assert memory.total == sum(memory)
    assert memory.parameters == sum(row.parameter_bytes for row in made.rows)
    held = sum(row.activation_bytes for row in made.rows)
    if setup.mode == "train":
        whole = all(node.trainable for node in made.walked.nodes)
        gradients, learned = memory.activation_gradients, memory.parameter_gradients
        assert memory.activations == held
        assert (gradients, learned) == (held, memory.parameters) or not whole
        assert gradients <= held
        assert learned <= memory.parameters
    else:
        assert 0 < memory.activations <= held
        assert not memory.activation_gradients
        assert not memory.parameter_gradients
        assert not memory.optimizer_state


def check_printed(made: list[Report], text: str) -> None:
    """A JSON text's totals are the sums of the rows that it prints."""
    for shown in json.loads(text)["networks"]:
        for key, total in shown["totals"].items():
            assert total == sum(row[key] for row in shown["layers"]), key
    assert len(made) == len(json.loads(text)["networks"])
