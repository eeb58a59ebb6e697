"""What is fuzzed: each target makes an input of choices and holds convcalc to its promises.

A target is two functions: `make(choices)` gives an input, `hold(input)` raises where anything
but a clear refusal comes of it. ConvcalcError is a refusal; whatever else is raised is a finding.
"""

import csv
import io
import json
import os
import re
import tempfile
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree import ElementTree

from choices import Choices, mutated

from convcalc.answers.families.where import Condition
from convcalc.answers.project import Project, matches_glob
from convcalc.answers.project_file import parse_project
from convcalc.answers.report import build_report
from convcalc.answers.thresholds import parse_threshold
from convcalc.answers.verdicts.ignores import Ignores
from convcalc.answers.verdicts.judge import Policy
from convcalc.answers.verdicts.run import Runner
from convcalc.answers.verdicts.sources import Origin
from convcalc.facts.setup import Setup
from convcalc.layers import known_keywords
from convcalc.models.exporters.listing import listing_of
from convcalc.models.exporters.torch_code import module_source
from convcalc.models.writing.spec import spec_source
from convcalc.network.graph import Network, Settings
from convcalc.network.loading import decode_source, looks_like_yaml, networks
from convcalc.render.formats import FORMATS, View, renderer
from convcalc.render.inert import inert_output
from convcalc.text.errors import ConvcalcError
from convcalc.text.source import Source
from convcalc.walk.propagation import propagate

os.environ["CONVCALC_TRACEBACK"] = "1"  # a fault of our own is a finding, however it is told
SPECS = sorted((Path(__file__).parents[2] / "specs").glob("*.yaml"))
KEYWORDS = [word.upper() for word in known_keywords()]
NUMBERS = [
    "0",
    "1",
    "2",
    "3",
    "7",
    "64",
    "2147483647",
    "2147483648",
    "9" * 30,
    "007",
    "-1",
    "0.5",
    "1e999",
]
WORDS = [
    "N",
    "same",
    "valid",
    "true",
    "x",
    "→",
    "×",
    "類",
    "\u200b",
    "_",
    "a.b",
    "$x",
    "*",
    "é" * 50,
]
SETTINGS = Settings({"N": 2}, max_layers=300)


class Target(NamedTuple):
    """An input's maker, and what holds convcalc to its promises on one."""

    make: Callable[[Choices], Any]
    hold: Callable[[Any], None]


def held(network: Network) -> None:
    """Walk a network, and report on it."""
    walk = propagate(network)
    for finding in walk.findings:
        assert str(finding)
    if len(walk.nodes) < 60:
        report = build_report(network, Setup(2))
        json.loads(renderer("analyze", "json")([report], View()))


def refused(call: Callable[[], Any], *unwanted: str) -> bool:
    """Whether a call refuses, by a message that a terminal may see, without these words."""
    try:
        call()
    except ConvcalcError as error:
        text = str(error)
        assert all(line.isprintable() for line in text.split("\n")), text
        assert len(text) < 10_000, len(text)
        assert not [words for words in unwanted if words in text], text
        return True
    return False


# Patterns


def make_pattern(choices: Choices, depth: int = 0) -> str:
    """A chain of items that are mostly right."""
    items = [make_item(choices, depth) for _ in range(1 + choices.below(5))]
    arrow = choices.one(
        [" -> ", "->", " → ", "-", " - ", " ", "\n", "=>", " -> # x\n"][: 3 + 6 * choices.seldom()]
    )
    text = arrow.join(items)
    if depth:
        return text
    text = (
        f"INPUT[{choices.one(['32x32x3', '8x8x1', '16x4', '4x4x4x2', '0x1', '9' * 12])}] -> {text}"
    )
    return mutated(text.encode(), choices).decode(errors="replace") if choices.seldom(3) else text


def make_item(choices: Choices, depth: int) -> str:
    """A layer or a group, perhaps optional and repeated."""
    if depth < 4 and choices.seldom(4):
        text = f"[{make_pattern(choices, depth + 1)}]"
    else:
        text = choices.one(KEYWORDS)
        for mark in ("", "-", "/"):
            if choices.seldom(2):
                text += mark + make_value(choices)
        if choices.seldom(3):
            name = choices.one(
                ["P", "S", "F", "K", "bias", "groups", "dilation", "name", "X", "pad", "mode"]
            )
            text += f"({name}={make_value(choices)})"
    text += "?" * choices.seldom()
    return text + (f"*{make_value(choices)}" if choices.seldom(4) else "")


def make_value(choices: Choices) -> str:
    """A number, a size, a word or a range."""
    kind = choices.below(12)
    number = choices.one(NUMBERS[: 6 + 7 * choices.seldom()])
    if kind == 0:
        return f"{number}x{choices.one(NUMBERS)}"
    if kind == 1:
        return f"{{{number}..{choices.one(NUMBERS)}}}"
    return choices.one(WORDS) if kind == 2 else number


def hold_pattern(text: str) -> None:
    """Read a pattern, and what comes of it."""
    refused(lambda: [held(network) for network in networks(Source(text), SETTINGS)])


# YAML


def make_yaml(choices: Choices) -> bytes:
    """A shipped spec that is changed, or one that is made up."""
    if choices.seldom(3):
        return mutated(choices.one(SPECS).read_bytes(), choices)
    sizes = ["32x32x3", "8x8x1", "{width: 8, height: 8, channels: 3}", "0", "[1]"]
    text = f"input: {choices.one(sizes)}\n"
    text += f"{choices.one(['layers', 'layers', 'layers', 'pattern', 'laýers'])}:\n"
    text += "".join(f"  - {make_node(choices, 2)}\n" for _ in range(1 + choices.below(5)))
    for key in ("outputs", "rounding", "budget", "blocks", "include", "name", "inputs"):
        if choices.seldom():
            text += f"{key}: {make_node(choices, 2)}\n"
    data = text.encode(errors="replace")
    return mutated(data, choices) if choices.seldom(3) else data


def make_node(choices: Choices, depth: int) -> str:
    """A layer or any other value in flow style."""
    kind = choices.below(10)
    if kind < 4:
        keyword = choices.one(KEYWORDS).lower()
        keys = [
            "filters",
            "size",
            "stride",
            "pad",
            "name",
            "from",
            "groups",
            "bias",
            "mode",
            "branches",
            "trainable",
        ]
        inner = ", ".join(
            f"{choices.one(keys)}: {make_scalar(choices, depth)}" for _ in choices.some(3)
        )
        return f"{keyword}: {{{inner}}}"
    if kind == 4:
        return choices.one(KEYWORDS).lower()
    if kind == 5 and depth:
        return f"{{repeat: {make_scalar(choices, 0)}, layers: [{make_node(choices, depth - 1)}]}}"
    if kind == 6 and depth:
        word = choices.one(["concat", "add", "residual"])
        inner = ", ".join(f"[{make_node(choices, depth - 1)}]" for _ in choices.some(3))
        return f"{word}: [{inner}]"
    if kind == 7:
        return choices.one(
            [
                "&a x",
                "*a",
                "!!python/object:os.system x",
                "? a",
                "|",
                '"\\x00"',
                "- -",
                "#",
                "b: {}",
            ]
        )
    return make_scalar(choices, depth)


def make_scalar(choices: Choices, depth: int) -> str:
    """A value as people and others write it."""
    if depth and choices.seldom():
        return f"[{make_node(choices, depth - 1)}]"
    if choices.seldom(3):
        return make_value(choices)
    return choices.one(
        [*NUMBERS, *WORDS, "conv1", "$a * 2", "3x3", "{left: 1}", "~", "''", "0x10", ".inf"]
    )


def hold_yaml(data: bytes) -> None:
    """Read YAML, and what comes of it."""

    def read() -> None:
        source = decode_source(data, "fuzz.yaml")
        for network in networks(source, SETTINGS, is_yaml=True, reader=read_nothing):
            held(network)

    refused(read)


def read_nothing(path: str) -> Source:
    """No file is included."""
    raise ConvcalcError("nothing is included here")


# Project files


KEYS = ["memory", "gpu", "parameters", "macs", "activation", "batch", "dtype", "amp", "mode",
        "optimizer",
        "weight_decay", "accumulate", "gpus", "strategy", "extra", "cudnn", "ignore",
        "estimate", "x"]  # fmt: skip


def make_project(choices: Choices) -> tuple[bytes, bool, str]:
    """A pyproject.toml or a setup.cfg, and a path to ask it about."""
    toml = choices.seldom(2)
    head = "[tool.convcalc]\n" if toml else "[tool:convcalc]\n"
    values = [
        *NUMBERS,
        "true",
        '"11GiB"',
        '"adam"',
        '["fit"]',
        "nan",
        "inf",
        '"rtx-3090"',
        "{}",
        "1" * 5000,
    ]
    text = head + "".join(f"{choices.one(KEYS)} = {choices.one(values)}\n" for _ in choices.some(4))
    glob = "".join(
        choices.one(["*", "**", "**/", "?", "a", "/", ".yaml", "[", "\\"]) for _ in choices.some(40)
    )
    if toml:
        text += f"[tool.convcalc.budgets.'{glob}']\nbatch = {choices.one(NUMBERS)}\n"
    else:
        text += f"[tool:convcalc:{glob}]\nbatch = {choices.one(NUMBERS)}\n"
    path = "".join(choices.one(["a", "/", ".yaml", "b", "\n"]) for _ in choices.some(80))
    data = text.encode()
    return (mutated(data, choices) if choices.seldom(3) else data), toml, path


def hold_project(made: tuple[bytes, bool, str]) -> None:
    """Read a project file, and ask it for a file's budget."""
    data, toml, path = made
    try:
        said = parse_project(data, toml)
    except (ConvcalcError, ValueError, RecursionError):  # what its caller turns into a refusal
        return
    if said is not None:
        Project("/p/pyproject.toml", *said).budget_for(f"/p/{path}")
        for glob, _ in said.budgets:
            matches_glob(path, glob)


# Conditions


def make_condition(choices: Choices) -> str:
    """A condition of `--where`, or a threshold of `--fail-on`."""
    parts = ["parameters", "macs", "peak", "fits", "N", "x", "<", ">=", "==", "!=", "and", "or",
             "not", "(", ")",
             "+5%", "-", "10M", "8GiB", "1e999", "9" * 400, "'", ".", ",", "max_batch", "\0",
             "類", "**"]  # fmt: skip
    text = " ".join(choices.one(parts) for _ in choices.some(12))
    return "(" * choices.below(3000) + text if choices.seldom(20) else text


def hold_condition(text: str) -> None:
    """Read it as either."""
    refused(lambda: Condition(text, ("N",), True))
    try:
        parse_threshold(text)
    except ValueError as error:
        assert len(str(error)) < 10_000


# Ignore comments


PARTS = ["# convcalc: ignore[fit]", "# convcalc:", "#convcalc: ignore[", "fit", ",", "]", "\n", " ",
         "- relu", "'", '"', "|\n  ", "a: ", "@", "\t", "%", "`", "\\", "{", "}", "\u2028", "\x85",
         "# convcalc: ignore[fit, over-memory]", "# convcalc: ignore[spec]"]  # fmt: skip


def make_comments(choices: Choices) -> tuple[str, bool]:
    """A text with comments to convcalc, some of them in quotes and blocks."""
    return "".join(choices.one(PARTS) for _ in choices.some(60)), choices.seldom(2)


def hold_comments(made: tuple[str, bool]) -> None:
    """A text is judged as `check` judges it."""
    text, is_yaml = made
    checked(text, is_yaml)
    if not is_yaml:
        refused(lambda: Ignores(Source(text), is_yaml=False))


class _Given:
    """Standard input that holds a text."""

    def __init__(self, text: str, path: str | None) -> None:
        self.text, self.path = text, path

    def read(self) -> Source:
        """The text under its name."""
        return Source(self.text, self.path or "<stdin>")


def checked(text: str, is_yaml: bool, path: str | None = None) -> list[Any]:
    """The results of a check of a text."""
    name = path or ("fuzz.yaml" if is_yaml else None)
    runner = Runner(Policy(), SETTINGS, _Given(text, name), str)
    found = runner.judge_origin(Origin("-"))
    assert looks_like_yaml(text) in (True, False)
    return found


# Names


PIECES = ["::error::", "##[error]", "\n", "\r", "\t", "\0", "\x1b[31m", '"', "'", "\\", "`", "|",
          "<b>", "&", "]]>", ",", ";", "=1+1", "@", "-", "+", "#", ":", "%0A", "{", "}", "$", "類",
          "\u2028", "\x85", "\ufffe", "\ud800", "</script>", "<!--", '"""', "*/", " ", "a", "{0}",
          "%s", "convcalc: ignore[fit]", "\U0001f578"]  # fmt: skip
PLAIN = re.compile(r"^\s*::|##\[", re.MULTILINE)


def make_names(choices: Choices) -> tuple[str, str]:
    """A network's name and a layer's."""
    return tuple(
        "".join(choices.one(PIECES) for _ in range(1 + choices.below(6))) for _ in range(2)
    )  # type: ignore[return-value]


def hold_names(names: tuple[str, str]) -> None:
    """Names go through every format whole, and come out of it for the parser that reads it."""
    title, name = names
    text = f"name: {json.dumps(title)}\ninput: 9x9x3\nlayers:\n"
    text += (
        f"  - relu: {{name: {json.dumps(name)}}}\n  - conv: {{filters: 2, size: 4, stride: 2}}\n"
    )
    results = checked(text, True, "a.yaml")
    for style in FORMATS["check"]:
        read_back(
            style, inert_output(style, renderer("check", style)(results, View(root="/"))), results
        )
    if results[0].verdict == "error":
        return
    (network,) = networks(Source(text, "a.yaml"), SETTINGS, is_yaml=True)
    report = build_report(network, Setup(2))
    for style in FORMATS["analyze"]:
        read_back(style, inert_output(style, renderer("analyze", style)([report], View())), results)
    walk = propagate(network)
    written = spec_source(listing_of(walk))
    assert not PLAIN.search(written), written
    (again,) = networks(Source(written), SETTINGS, is_yaml=True)
    assert [node.name for node in again.nodes] == [node.name for node in network.nodes]
    code = module_source(walk, title)
    compile(code, "net.py", "exec")
    assert not PLAIN.search(code), code


def read_back(style: str, text: str, results: list[Any]) -> None:
    """Read a format as its consumer does."""
    text.encode()
    if style == "github":
        *commands, _ = text.split("\n")
        expected = [f for f in results[0].findings if f.severity != "note"]
        assert len(commands) == len(expected), text
        assert all(re.match(r"::(error|warning) [^\r\n]*::", line) for line in commands), text
        return
    assert not PLAIN.search(text), text
    if style in ("json", "gitlab", "sarif"):
        json.loads(text)
    elif style == "junit":
        ElementTree.fromstring(text)
    elif style == "csv":
        rows = list(csv.reader(io.StringIO(text)))
        assert len({len(row) for row in rows}) == 1, text
        assert not [cell for row in rows for cell in row if cell[:1] in ("=", "+", "-", "@")], text
    elif style == "html":
        HTMLParser().feed(text)
        assert text.count("</script>") == text.count("<script"), "a name closes the script"
    else:
        shown = text.replace("@\u200b", "@")  # Markdown for comments: a name calls nobody
        assert all(line.isprintable() for line in shown.split("\n")), text


# ONNX

NOT_OF_ONNX = ("cannot write", "please report")  # the words of a spec that nobody has written


def make_onnx(choices: Choices) -> bytes:
    """A model that is mostly right, changed in its structure or in its bytes."""
    import onnx_inputs

    return onnx_inputs.make_model(choices)


_FOLDER = tempfile.mkdtemp(
    prefix="convcalc-fuzz-", dir="/dev/shm" if os.path.isdir("/dev/shm") else None
)


def hold_onnx(data: bytes) -> None:
    """Import a file of these bytes, whole and in part, and work with what comes of it."""
    from convcalc.models.importers import onnx_import

    onnx_import._explained = _unforeseen
    import_onnx = onnx_import.import_onnx
    path = os.path.join(_FOLDER, f"{os.getpid()}.onnx")
    with open(path, "wb") as file:
        file.write(data)

    def read() -> None:
        for network in networks(Source(import_onnx(path, partial=True)), None, is_yaml=True):
            held(network)

    if not refused(read, *NOT_OF_ONNX):
        refused(lambda: import_onnx(path), *NOT_OF_ONNX)


def _unforeseen(error: Exception, path: str) -> ConvcalcError:
    """Also where onnx itself refuses the file: what no rule of ours has seen is a finding."""
    raise error


TARGETS = {
    "patterns": Target(make_pattern, hold_pattern),
    "yaml": Target(make_yaml, hold_yaml),
    "projects": Target(make_project, hold_project),
    "conditions": Target(make_condition, hold_condition),
    "comments": Target(make_comments, hold_comments),
    "names": Target(make_names, hold_names),
    "onnx": Target(make_onnx, hold_onnx),
}
