"""Wrong graphs, each with the whole text that a user sees."""

import re
from pathlib import Path

import pytest
import yaml
from walking import walk

from convcalc.text.errors import ERROR, SpecError

CASES = yaml.safe_load((Path(__file__).parent / "wrong_graphs.yaml").read_text())


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_the_whole_message(case):
    assert wrong(case["spec"]) == case["message"]


def wrong(text: str) -> str:
    """What is wrong with a spec: the error in its text, or its findings."""
    try:
        findings = walk(text).findings
    except SpecError as error:
        return str(error)
    return "\n".join(str(finding) for finding in findings if finding.severity == ERROR)


SIZES = [
    (32, 32, 16),
    (16, 16, 16),
    (32, 32, 8),
    (16, 16, 8),
    (31, 17, 16),
    (11, 32, 4),
    (1, 1, 16),
]


@pytest.mark.parametrize("join", ["add", "concat", "multiply"])
@pytest.mark.parametrize("second", SIZES, ids=str)
@pytest.mark.parametrize("first", SIZES, ids=str)
def test_hints_of_joins_are_right_when_applied(first, second, join):
    """Each hint names layers, and the input on whose way to the join they belong."""
    layers = [made("a", first), made("b", second)]
    text = "input: 32x32x16\nlayers:\n" + "".join(layers)
    (hint, *_) = [finding.hint for finding in joined(text, join, "a", "b").findings] or [""]
    ends = {"a": "a", "b": "b"}
    for steps, name in re.findall(r"write (.+?) between `(\w+)` and this layer", hint):
        for number, step in enumerate(re.findall(r"`(.+?)`", steps)):
            text += f"  - {step[:-1]}, name: {name}{number}, from: {ends[name]}}}\n"
            ends[name] = f"{name}{number}"
    errors = [f for f in joined(text, join, *ends.values()).findings if f.severity == ERROR]
    assert errors == []


def made(name: str, size: tuple[int, int, int]) -> str:
    """Layers that give a volume of some size."""
    width, height, depth = size
    return (
        f"  - conv: {{filters: {depth}, size: 1, from: input}}\n"
        f"  - upsample: {{name: {name}, size: {width}x{height}}}\n"
    )


def joined(text: str, join: str, *names: str):
    return walk(f"{text}  - {join}: {{from: [{', '.join(names)}]}}\n")


@pytest.mark.parametrize("stride", [1, 2, 3, 4])
@pytest.mark.parametrize("side", [7, 8, 9, 32])
def test_hints_of_residuals_are_right_when_applied(side, stride):
    main = f"conv: {{filters: 8, size: 1, stride: {stride}, rounding: floor}}"
    text = f"input: {side}x{side}x16\nlayers:\n  - residual:\n      main: [{main}]\n"
    (hint,) = [finding.hint for finding in walk(text).findings if finding.severity == ERROR]
    (layer,) = re.findall(r"let the shortcut end in `(.+)`", hint)
    assert not [
        f for f in walk(f"{text}      shortcut: [{layer}]\n").findings if f.severity == ERROR
    ]
